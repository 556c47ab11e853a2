import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { freePort } from '../../scripts/servers/free-port.js';
import { createDatabase } from './ledger-database.js';
import { until } from './small-stack.js';

let folder: string;
let databaseUrl: URL;
let worker: ChildProcess | null = null;
let door: Server | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'late-ledger-'));
  databaseUrl = new URL(await createDatabase('late_ledger'));
});
afterAll(() => {
  worker?.kill('SIGKILL');
  door?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a new worker says on both streams, whatever it is. */
function startWorker(url: string): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ['dist/workers/worker.js'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      DATABASE_URL: url,
      BLOB_URL: pathToFileURL(join(folder, 'blobs')).href,
      MLOPS_WORK_DIRECTORY: join(folder, 'work'),
      MLOPS_PROFILE: 'development',
      MLOPS_TASK_QUEUE_PREFIX: 'late-',
      MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
      MODEL_SERVER_TOKEN: 'a-token-that-nobody-asks-for',
    },
  });
  worker = child;
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

/** Postgres begins to answer at this port. */
function openDoor(port: number): void {
  door = createServer((client) => {
    const server = connect(Number(databaseUrl.port), databaseUrl.hostname);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => void [client, server].map((s) => s.destroy()));
  }).listen(port, '127.0.0.1');
}

it('a worker that starts before its Postgres waits, says so once, and goes on when it is there', async () => {
  const port = await freePort();
  const { child, said } = startWorker(Object.assign(new URL(databaseUrl), { port: String(port) }).href);
  await until(async () => said().includes('waiting for Postgres'));
  openDoor(port);
  await until(async () => said().includes('worker ready'));
  expect(said()).toMatch(
    /^waiting for Postgres: LEDGER_UNAVAILABLE: .*ECONNREFUSED.*\nPostgres is there\nworker ready/,
  );
  child.kill('SIGTERM');
  await once(child, 'exit');
});

it('a worker whose password is wrong ends, and says why', async () => {
  const { child, said } = startWorker(Object.assign(new URL(databaseUrl), { password: 'wrong' }).href);
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(said()).toContain('The user or password in DATABASE_URL is refused');
});
