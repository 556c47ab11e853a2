import type { FastifyInstance } from 'fastify';
import { refuse } from './request-refused.js';

/** Where two of them differ, a proxy and we may each believe another one. */
const single = ['host', 'authorization', 'content-length', 'content-type', 'origin'];
const lengths = new Set(single.map((name) => name.length));

/** Refuses a request that says twice what may be said once: Node keeps the first and says nothing. */
export function refuseDoubledHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const name = doubledHeader(request.raw.rawHeaders);
    done(name === null ? undefined : refuse('invalid_request', `The header "${name}" comes twice.`, name));
  });
}

/** `rawHeaders` holds names and values in turn. */
export function doubledHeader(rawHeaders: readonly string[]): string | null {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (!lengths.has(given.length)) continue;
    const name = given.toLowerCase();
    if (!single.includes(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
