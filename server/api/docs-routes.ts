import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newRequestId } from '../http/request-id.js';
import type { ServingVersion } from '../model/serving-version.js';
import { docsPage } from './docs-page.js';
import { openApi } from './openapi.js';
import type { PublicApiOptions } from './public-api-options.js';
import { send } from './public-reply.js';

/** What is served, for people and for machines. */
export function docsRoutes(app: FastifyInstance, options: PublicApiOptions): void {
  app.get('/openapi.json', (_, reply) => send(reply, 200, openApi(currentVersions(options))));
  app.get('/docs', (request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .header('x-request-id', newRequestId())
      .send(docsPage(currentVersions(options), { address: addressOf(request), needsToken: options.apiToken !== null })),
  );
}

function currentVersions({ endpoints, environment }: PublicApiOptions): ServingVersion[] {
  const current = endpoints.models(environment).map((model) => endpoints.current(environment, model));
  return current.filter((version) => version !== null);
}

/** The name that the reader of the page reached us by, where it is one that a shell takes as it is. */
function addressOf({ headers, socket }: FastifyRequest): string {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const isPlain = /^([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?$/i.test(headers.host ?? '');
  return `${scheme}://${isPlain ? headers.host : `127.0.0.1:${socket.localPort}`}`;
}
