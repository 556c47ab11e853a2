import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorCode, failure } from '../../schemas/index.js';
import { type Answer, answerTo, type Told } from './routes.js';

export interface PageServerOptions extends Told {
  readonly port: number;
}

export interface RunningPages {
  readonly url: string;
  stop(): Promise<void>;
}

/** What stands in a browser's address bar for this machine: another name would be a page that lets its own name point here. */
const ownHosts = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/** Reports, cards and the first page for the person at this machine: loopback alone, reading alone. */
export async function servePages(options: PageServerOptions): Promise<RunningPages> {
  const server = createServer((request, response) => void answer(request, response, options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(notServed(options.port, error)));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const at = server.address();
  const port = typeof at === 'object' && at !== null ? at.port : options.port;
  return { url: `http://127.0.0.1:${port}`, stop: () => stopped(server) };
}

function notServed(port: number, cause: Error): Error {
  const why = 'code' in cause && cause.code === 'EADDRINUSE' ? 'another program has it' : cause.message;
  return failure('CONFIGURATION_INVALID', `Pages cannot be served at port ${port}: ${why}.`, { port, cause });
}

function stopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: PageServerOptions): Promise<void> {
  if (!ownHosts.test(request.headers.host ?? '')) return send(response, text(421, 'Ask for this at 127.0.0.1.'));
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, text(405, 'Pages are only read.'));
  try {
    send(response, await answerTo(new URL(request.url ?? '/', 'http://127.0.0.1').pathname, options));
  } catch (error) {
    const code = errorCode(error);
    const what = error instanceof Error ? error.message : String(error);
    send(response, text(code === 'NOT_FOUND' ? 404 : 503, code === null ? 'This page cannot be made now.' : what));
  }
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body });

/** The page's own policy stands in it; here it holds for whatever is sent. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(body);
}
