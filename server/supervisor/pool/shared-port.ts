import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { failure } from '../../../schemas/index.js';
import { aloneMs } from '../../processes/liveness.js';

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
type CreateHandle = (
  ...args: [host: string, port: number, family: 4 | 6, fd: number, flags: number]
) => BoundHandle | number;

/**
 * Binds the public port in the supervisor, which itself never accepts. Once a serving process has listened on the
 * socket it stays in that state for as long as we hold it: while a dead process is replaced, new connections wait in
 * the kernel instead of being refused. `node:cluster` would close the port with its last worker. Node has no public
 * call for this; the one used here is what `node:cluster` itself is built on.
 */
export async function bindSharedPort(host: string, port: number): Promise<SharedPort> {
  for (let waited = 0; ; waited += retryMs) {
    const handle = create(host, port);
    if (typeof handle !== 'number') return shared(handle, port);
    if (getSystemErrorName(handle) !== 'EADDRINUSE' || waited >= longestWaitMs) throw taken(host, port, handle);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** The serving processes of a supervisor that was killed hold its port for a while. */
const longestWaitMs = aloneMs + 5000;
const retryMs = 100;

function create(host: string, port: number): BoundHandle | number {
  const createHandle = (net as unknown as { _createServerHandle: CreateHandle })._createServerHandle;
  return createHandle(host, port, net.isIPv6(host) ? 6 : 4, -1, 0);
}

function shared(handle: BoundHandle, port: number): SharedPort {
  const name: { port?: number } = {};
  handle.getsockname(name);
  return { handle: handle as unknown as net.Server, port: name.port ?? port, close: () => handle.close() };
}

function taken(host: string, port: number, errno: number) {
  const message = `The model server cannot use ${host}:${port} (${getSystemErrorName(errno)}): is another one running?`;
  return failure('CONFIGURATION_INVALID', message, { errno });
}
