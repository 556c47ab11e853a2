import type { FastifyInstance } from 'fastify';
import { RequestRefused } from './request-refused.js';

const limitBytes = 64 * 1024 * 1024;
const smallBytes = 64 * 1024;
/** A body without a declared length counts as one of the largest that are taken. */
const undeclaredBytes = 6_553_500;

/** Refuses large bodies while others of together 64 MiB are being received or answered; small ones are not counted. */
export function limitBytesInFlight(app: FastifyInstance): void {
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    const declared = request.headers['content-length'];
    if (declared === undefined && request.headers['transfer-encoding'] === undefined) return done();
    const bytes = declared === undefined ? undeclaredBytes : Number(declared);
    if (bytes <= smallBytes) return done();
    if (inFlight + bytes > limitBytes)
      return done(new RequestRefused(503, 'overloaded', 'Too many large requests at once. Try again in a second.'));
    inFlight += bytes;
    reply.raw.once('close', () => (inFlight -= bytes));
    done();
  });
}
