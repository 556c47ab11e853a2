import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestRefused } from './request-refused.js';

/** Names by which a server that listens on loopback alone may be called: a web page cannot rebind its own name to us. */
export const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/**
 * Refuses what a browser sends for a page of somebody else: by its Origin, by what it says of the site, or by a Host that
 * is none of ours. Other clients send none of these. A link to a page of ours may be followed from anywhere.
 */
export function refuseForeignPages(app: FastifyInstance, hostNames: readonly string[] | null): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (hostNames !== null && !hostNames.includes(request.hostname.toLowerCase())) return done(wrongHost());
    done(isForeign(request) ? foreign() : undefined);
  });
}

function isForeign({ headers, host, method }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return !isLink;
  return headers.origin !== undefined && hostOf(headers.origin) !== host.toLowerCase();
}

/** Null for an origin that hides itself, as a sandboxed frame does: `null`. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

function wrongHost(): RequestRefused {
  return new RequestRefused(403, 'wrong_host', 'The Host header names another server.').about('host');
}

function foreign(): RequestRefused {
  const text = 'Pages of other sites may not ask this server: the Origin is not its own.';
  return new RequestRefused(403, 'foreign_origin', text).about('origin');
}
