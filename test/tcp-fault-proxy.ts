import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Faults {
  /** Every chunk waits this long, in both directions. */
  latencyMs: number;
  /** New connections are closed at once. */
  refuse: boolean;
  /** New and present connections stay open, and nothing passes any more. */
  stall: boolean;
  /** A connection is cut after this many bytes of replies. */
  cutReplyAfterBytes: number;
  /** A connection is cut after this many bytes of requests. */
  cutRequestAfterBytes: number;
  /** The next request that holds this text is passed on; its connection is cut when the reply comes. Happens once. */
  loseReplyTo: string | null;
}

export interface TcpFaultProxy {
  readonly port: number;
  /** May be changed at any time. */
  readonly faults: Faults;
  /** What passed so far. */
  readonly passed: { requestBytes: number; replyBytes: number; lostReplies: number };
  /** No faults from here on. */
  heal(): void;
  /** Cuts all present connections. */
  cut(): void;
  close(): Promise<void>;
}

const none: Faults = {
  latencyMs: 0,
  refuse: false,
  stall: false,
  cutReplyAfterBytes: Number.POSITIVE_INFINITY,
  cutRequestAfterBytes: Number.POSITIVE_INFINITY,
  loseReplyTo: null,
};

/** Stands between a client and a server of the loopback interface and breaks their connections in chosen ways. */
export async function startTcpFaultProxy(target: { port: number; host?: string }): Promise<TcpFaultProxy> {
  const faults = { ...none };
  const passed = { requestBytes: 0, replyBytes: 0, lostReplies: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (faults.refuse) return void client.destroy();
    join(client, connect(target.port, target.host ?? '127.0.0.1'), { faults, passed, sockets });
  });
  const port = await listen(server);
  const cut = () => sockets.forEach((socket) => void socket.destroy());
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cut();
    });
  return { port, faults, passed, heal: () => void Object.assign(faults, none), cut, close };
}

interface Wire {
  faults: Faults;
  passed: TcpFaultProxy['passed'];
  sockets: Set<Socket>;
}

function join(client: Socket, server: Socket, { faults, passed, sockets }: Wire): void {
  let requestBytes = 0;
  let replyBytes = 0;
  let losesReply = false;
  const end = () => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    sockets.add(socket);
    socket.on('error', end).on('close', () => {
      sockets.delete(socket);
      end();
    });
  }
  void pass(client, server, faults, (chunk) => {
    requestBytes += chunk.length;
    passed.requestBytes += chunk.length;
    if (faults.loseReplyTo !== null && chunk.includes(faults.loseReplyTo)) {
      faults.loseReplyTo = null;
      losesReply = true;
    }
    return requestBytes - faults.cutRequestAfterBytes;
  }).finally(end);
  void pass(server, client, faults, (chunk) => {
    if (losesReply) passed.lostReplies++;
    if (losesReply) return chunk.length;
    replyBytes += chunk.length;
    passed.replyBytes += chunk.length;
    return replyBytes - faults.cutReplyAfterBytes;
  }).finally(end);
}

/** `excess` says how many bytes of the chunk are too many: they are not passed, and the connection ends. */
async function pass(from: Socket, to: Socket, faults: Faults, excess: (chunk: Buffer) => number): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (faults.latencyMs > 0) await sleep(faults.latencyMs);
      while (faults.stall && !from.destroyed) await sleep(20);
      const tooMany = excess(chunk);
      await write(to, tooMany > 0 ? chunk.subarray(0, Math.max(0, chunk.length - tooMany)) : chunk);
      if (tooMany > 0) return;
    }
  } catch {
    // A cut connection is what this is for.
  }
}

function write(to: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
