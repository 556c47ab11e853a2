import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that lists CSV files in `index.json` and gives each under its ETag. */
export async function openFeedService() {
  const files = new Map<string, string>();
  const etag = (text = '') => `"${Buffer.from(text).toString('base64url')}"`;
  const listed = () => JSON.stringify([...files].map(([file, text]) => ({ file, etag: etag(text) })));
  const server = createServer((request, reply) => {
    const name = (request.url ?? '').slice('/trips/'.length);
    const text = name === 'index.json' ? listed() : files.get(name);
    const wanted = request.headers['if-match'];
    reply.statusCode = text === undefined ? 404 : wanted === undefined || wanted === etag(text) ? 200 : 412;
    reply.end(reply.statusCode === 200 ? text : '');
  });
  await new Promise<void>((started) => server.listen(0, '127.0.0.1', started));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    files,
    url: `${address}/trips`,
    emptyUrl: `${address}/none`,
    close: () => new Promise((closed) => server.close(closed)),
  };
}
