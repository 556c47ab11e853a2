import type { FastifyReply, FastifyRequest } from 'fastify';
import { tooLarge } from '../http/bytes-in-flight.js';
import { requestIdOf } from '../http/request-id.js';
import { RequestRefused } from '../http/request-refused.js';
import type { ServingVersion } from '../model/serving-version.js';

/** The reply with the headers that name the version. */
export function withVersion(reply: FastifyReply, { headers }: ServingVersion): FastifyReply {
  for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] as string, headers[i + 1]);
  return reply;
}

/** An answer in JSON, with the header that names the request. */
export function send(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  reply.header('x-request-id', requestIdOf(reply.request.headers['x-request-id']));
  return reply.code(status).header('content-type', 'application/json').send(JSON.stringify(body));
}

/** Errors before a version was chosen. Fastify's own (body too large, …) are refusals of the request too. */
export function sendError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const refusal =
    error instanceof RequestRefused ? error : asRefusal(error as { statusCode?: number; message?: string });
  if (refusal.status === 503) void reply.header('retry-after', '1');
  void reply.header('x-request-id', requestIdOf(reply.request.headers['x-request-id']));
  void reply.code(refusal.status).header('content-type', 'application/json').send(refusal.body);
}

function asRefusal({ statusCode = 500, message = '' }: { statusCode?: number; message?: string }): RequestRefused {
  if (statusCode === 413) return tooLarge();
  if (statusCode === 415)
    return new RequestRefused(415, 'unsupported_media_type', 'Send JSON: content-type: application/json.');
  if (statusCode < 500) return new RequestRefused(statusCode, 'invalid_request', message);
  console.error(message);
  return new RequestRefused(500, 'internal', 'The server could not answer.');
}
