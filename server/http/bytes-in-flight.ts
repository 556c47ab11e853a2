import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { RequestRefused } from './request-refused.js';

export const bodyLimitBytes = 6_553_500;
const limitBytes = 64 * 1024 * 1024;
const smallBytes = 64 * 1024;

/**
 * Refuses too large bodies, and large ones while others of together 64 MiB are being received or answered. Small ones are
 * not counted; a body without a declared length counts as one of the largest.
 */
export function limitBytesInFlight(app: FastifyInstance): void {
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    const declared = request.headers['content-length'];
    if (declared === undefined && request.headers['transfer-encoding'] === undefined) return done();
    const bytes = declared === undefined ? bodyLimitBytes : Number(declared);
    if (bytes <= smallBytes) return done();
    if (bytes > bodyLimitBytes) return discard(request.raw, bytes, () => done(tooLarge()));
    if (inFlight + bytes > limitBytes)
      return done(new RequestRefused(503, 'overloaded', 'Too many large requests at once. Try again in a second.'));
    inFlight += bytes;
    reply.raw.once('close', () => (inFlight -= bytes));
    done();
  });
}

export function tooLarge(): RequestRefused {
  return new RequestRefused(413, 'body_too_large', `The body is larger than ${bodyLimitBytes} bytes.`);
}

/** Reads a body for nothing, so that its sender, who looks at the answer only afterwards, sees why it was refused. */
function discard(body: IncomingMessage, bytes: number, done: () => void): void {
  if (bytes > limitBytes) return done();
  body.resume();
  body.once('end', done);
}
