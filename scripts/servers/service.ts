import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, lastLines, startChild } from './server-process.js';

/** One of the stack's processes. `kill` is `kill -9`; `start` brings it back on the same ports and data. */
export interface Service {
  readonly name: string;
  readonly logFile: string;
  pid(): number;
  running(): boolean;
  start(environment?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

interface Server {
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A server that is not ours, started by its own launcher. */
export function serverService(name: string, logFile: string, launch: () => Promise<Server>): Service {
  let server: Server | null = null;
  const end = async (how: 'stop' | 'kill') => {
    const ending = server;
    server = null;
    await ending?.[how]();
  };
  return {
    name,
    logFile,
    pid: () => server?.pid ?? 0,
    running: () => server !== null,
    start: async () => {
      server ??= await launch();
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
  };
}

export interface OwnService {
  readonly name: string;
  readonly entry: string;
  readonly environment: Record<string, string>;
  readonly directory: string;
  readonly cwd: string;
  readonly ready: () => Promise<boolean>;
}

/** A process of ours: up once it says that it is ready. */
export function ownService({ name, entry, environment, directory, cwd, ready }: OwnService): Service {
  const logFile = join(directory, 'logs', `${name}.log`);
  let child: Child | null = null;
  return {
    name,
    logFile,
    pid: () => child?.pid ?? 0,
    running: () => child?.running() ?? false,
    start: async (extra = {}) => {
      // A public port on this machine asks for no token, whatever .env holds for containers.
      const { MODEL_SERVER_API_TOKEN: _ofContainers, ...inherited } = process.env;
      const env = { ...inherited, ...environment, ...extra };
      const launched = await startChild({
        command: process.execPath,
        args: ['--enable-source-maps', entry],
        env,
        logFile,
        cwd,
        graceSeconds: 20,
      });
      child = launched;
      await untilReady(launched, { name, ready, logFile });
    },
    stop: async () => child?.stop(),
    kill: async () => child?.kill(),
  };
}

interface Awaited {
  readonly name: string;
  readonly ready: () => Promise<boolean>;
  readonly logFile: string;
}

async function untilReady(child: Child, { name, ready, logFile }: Awaited): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    await sleep(100);
    if (!child.running()) break;
    if (await ready().catch(() => false)) return;
  }
  throw new Error(`${name} did not come up. Its last words:\n${lastLines(logFile)}`);
}
