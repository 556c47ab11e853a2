import net from 'node:net';
import { failure } from '../schemas/index.js';

/** A bound TCP socket that every serving process listens on. */
export interface SharedPort {
  /** what `subprocess.send` takes */
  readonly handle: net.Server;
  readonly port: number;
  close(): void;
}

interface BoundHandle {
  getsockname(out: { port?: number }): number;
  close(): void;
}
type CreateHandle = (host: string, port: number, family: 4 | 6, fd: number, flags: number) => BoundHandle | number;

/**
 * Binds the public port in the supervisor, which itself never accepts. Once a serving process has listened on the
 * socket it stays in that state for as long as we hold it: while a dead process is replaced, new connections wait in
 * the kernel instead of being refused. `node:cluster` would close the port with its last worker. Node has no public
 * call for this; the one used here is what `node:cluster` itself is built on.
 */
export function bindSharedPort(host: string, port: number): SharedPort {
  const create = (net as unknown as { _createServerHandle: CreateHandle })._createServerHandle;
  const handle = create(host, port, net.isIPv6(host) ? 6 : 4, -1, 0);
  if (typeof handle === 'number')
    throw failure('CONFIGURATION_INVALID', `The model server cannot use ${host}:${port}: is another one running?`, {
      errno: handle,
    });
  const name: { port?: number } = {};
  handle.getsockname(name);
  return { handle: handle as unknown as net.Server, port: name.port ?? port, close: () => handle.close() };
}
