import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { RequestRefused, refuse } from './request-refused.js';

/**
 * Bodies are JSON in UTF-8, with a content type that says so: it is what a page of another site cannot send. Parsed values
 * are only ever read by name, never merged into objects of ours, so a `__proto__` in them is an unknown column like any other.
 */
export function parseBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parsed(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(notJson()));
}

function parsed(body: Buffer): unknown {
  if (!isUtf8(body)) throw refuse('invalid_json', 'The body is not UTF-8.');
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw invalidJson(text);
  }
}

function notJson(): RequestRefused {
  const text = 'Send JSON: content-type: application/json.';
  return new RequestRefused(415, 'unsupported_media_type', text).about('content-type');
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
