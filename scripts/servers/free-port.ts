import { type AddressInfo, createServer } from 'node:net';

/** A port of the loopback interface that was free a moment ago; whoever binds it must still be ready to be refused. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
