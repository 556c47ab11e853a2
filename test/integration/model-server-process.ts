import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import type { ServedVersion, SetRoutes } from '../../schemas/index.js';

export const token = 'a-token-for-tests-only';
export const endpoint = { model: 'flight-delay', environment: 'production' };
export const nowhere = 'postgres://nobody@127.0.0.1:1/none';

/** A folder of its own for each test: blobs, and what the server keeps. */
export function newPlace() {
  const folder = mkdtempSync(join(tmpdir(), 'model-server-'));
  const blobUrl = `file://${join(folder, 'blobs')}`;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { folder, blobUrl, blobs: openBlobStore(blobUrl), remove };
}
export type Place = ReturnType<typeof newPlace>;

/** A real model server: `node dist/workers/model-server.js`. */
export async function startModelServer(place: Place, environment: Record<string, string> = {}) {
  const entry = 'dist/workers/model-server.js';
  if (!existsSync(entry)) throw new Error('Build first: npm run build');
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: nowhere,
      BLOB_URL: place.blobUrl,
      MLOPS_WORK_DIRECTORY: join(place.folder, 'work'),
      MODEL_SERVER_TOKEN: token,
      MODEL_SERVER_PORT: '0',
      MODEL_SERVER_CONTROL_PORT: '0',
      MODEL_SERVER_DRAIN_MS: '50',
      MODEL_SERVER_LOG_ROTATE_MS: '200',
      ...environment,
    },
  });
  const ready = await readyLine(child);
  const target = createModelServerTarget({ address: ready.control, token });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    ...ready,
    child,
    target,
    exited,
    servingPids: () => childrenOf(ready.pid),
    stop: async (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}
export type RunningServer = Awaited<ReturnType<typeof startModelServer>>;

export function routesTo(
  current: ServedVersion,
  generation: number,
  more: Partial<SetRoutes['routes']> = {},
): SetRoutes {
  const routes = { current, candidate: null, previous: null, ...more };
  return { fence: { generation, step: 1 }, routes, reason: 'test' };
}

/** Loads and routes, as a rollout does. */
export async function serve(
  server: RunningServer,
  version: ServedVersion,
  generation: number,
  previous: ServedVersion | null = null,
) {
  await server.target.load(endpoint, { fence: { generation, step: 0 }, version });
  return server.target.setRoutes(endpoint, routesTo(version, generation, { previous }));
}

export const row = { departure: '2001-04-18T06:00:00Z', airline: 'AA', distance: 731.5, seats: 120, holiday: false };

export function inferBody(rows = [row]): {
  inputs: { name: string; shape: number[]; datatype: string; data: unknown[] }[];
} {
  const datatypes = { departure: 'BYTES', airline: 'BYTES', distance: 'FP64', seats: 'INT64', holiday: 'BOOL' };
  const inputs = Object.entries(datatypes).map(([name, datatype]) => {
    return { name, shape: [rows.length], datatype, data: rows.map((r) => r[name as keyof typeof row]) };
  });
  return { inputs };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly version: string | null;
  readonly value: number | undefined;
  readonly body: Record<string, unknown>;
}

export async function ask(
  server: { public: string },
  body: unknown = inferBody(),
  headers: Record<string, string> = {},
  path = `/v2/models/${endpoint.model}/infer`,
): Promise<Answer> {
  const response = await fetch(server.public + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const reply = (await response.json()) as Record<string, unknown>;
  const outputs = reply.outputs as { data: number[] }[] | undefined;
  return {
    status: response.status,
    headers: response.headers,
    version: response.headers.get('x-model-version'),
    value: outputs?.[0]?.data[0],
    body: reply,
  };
}

export async function until<T>(
  what: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs: number,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await what();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, parent, ...args]) => Number(parent) === pid && args.join(' ').includes('serving-process'))
    .map(([child]) => Number(child));
}

/** The first line of the server's output, or its last words. */
function readyLine(child: ChildProcess): Promise<{ public: string; control: string; pid: number }> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.on('data', (text) => (errors += text));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.startsWith('{"ready"')) resolve(JSON.parse(line));
    });
    child.once('exit', (code) => reject(new Error(`The model server ended with ${code}: ${errors}`)));
  });
}
