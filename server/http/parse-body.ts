import type { FastifyInstance } from 'fastify';
import { RequestRefused, refuse } from './request-refused.js';

/**
 * Bodies are JSON, with or without a content type that says so. Parsed values are only ever read by name, never merged
 * into objects of ours, so a `__proto__` in them is an unknown column like any other.
 */
export function parseBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = (_request: unknown, body: string | Buffer, done: (error: Error | null, value?: unknown) => void) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(invalidJson(body as string));
    }
  };
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parse);
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (request.headers['content-type'] === undefined) return parse(request, body, done);
    done(
      new RequestRefused(415, 'unsupported_media_type', 'Send JSON: content-type: application/json.').about(
        'content-type',
      ),
    );
  });
}

export function refuseCompressedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-encoding'] === undefined) return done();
    done(
      new RequestRefused(415, 'unsupported_media_type', 'Compressed bodies are not accepted.').about(
        'content-encoding',
      ),
    );
  });
}

/** Python writes NaN and Infinity, which are not JSON; say so instead of naming a character position. */
function invalidJson(body: string): RequestRefused {
  const literal = /[[,:\s](-?(?:NaN|Infinity))\b/.exec(body)?.[1];
  if (literal === undefined) return refuse('invalid_json', 'The body is not valid JSON.');
  return refuse('invalid_json', `The body holds ${literal}, which is not JSON. A missing value is null.`);
}
