import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { PredictionRecord } from '../../schemas/index.js';
import { outcomesOf } from './ledger-facts.js';
import { putPackage } from './model-package.js';
import {
  ask,
  endpoint,
  inferBody,
  newPlace,
  type Place,
  type RunningServer,
  row,
  serve,
  sleep,
  startModelServer,
  until,
} from './model-server-process.js';

const { model, environment } = endpoint;
let databaseUrl: string;
let place: Place;
let server: RunningServer;
let stores: PostgresStores;

beforeAll(async () => {
  databaseUrl = await newDatabase();
  await migrate(databaseUrl);
});

async function begin(url = databaseUrl) {
  place = newPlace();
  stores = await openStores({ databaseUrl });
  const version = await putPackage(place.blobs, { model, version: 1, answer: 0.25 });
  server = await startModelServer(place, { DATABASE_URL: url });
  await serve(server, version, 1);
}

afterEach(async () => {
  await server.stop('SIGKILL');
  await stores.close();
  await sleep(50);
  place.remove();
});

/** What the ledger's segments hold of these requests, read back from the blob store as monitoring does. */
async function logged(ids: readonly string[]): Promise<PredictionRecord[]> {
  const wanted = new Set(ids);
  const segments = await stores.predictions.segments({
    model,
    environment,
    from: '1900-01-01T00:00:00.000Z',
    to: '2100-01-01T00:00:00.000Z',
  });
  const blobs = await Promise.all(segments.map((digest) => place.blobs.get(digest).catch(() => Buffer.alloc(0))));
  const lines = blobs.flatMap((blob) => blob.toString('utf8').split('\n').filter(Boolean));
  return lines
    .map((line) => PredictionRecord.parse(JSON.parse(line)))
    .filter(({ requestId }) => wanted.has(requestId.split('#')[0] as string));
}

async function askAll(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect((await ask(server, inferBody(), { 'x-request-id': id })).status).toBe(200);
}

const newIds = (count: number) => Array.from({ length: count }, () => randomUUID());

describe('the prediction log', () => {
  it('ships every answered row once, with its event time and raw inputs', async () => {
    await begin();
    const ids = newIds(20);
    await askAll(ids);
    await ask(server, inferBody([row, { ...row, airline: 'U"A' }]), { 'x-request-id': 'pair' });
    await ask(server, { inputs: [] }, { 'x-request-id': 'refused' });
    const records = await until(async () => {
      const found = await logged([...ids, 'pair', 'refused']);
      return found.length >= 22 && found;
    }, 5000);
    expect(records.length).toBe(22);
    expect(records.find(({ requestId }) => requestId === 'pair#1')).toMatchObject({
      model,
      version: 1,
      eventAt: '2001-04-18T06:00:00.000Z',
      inputs: { departure: '2001-04-18T06:00:00.000Z', airline: 'U"A', distance: 731.5, seats: 120, holiday: false },
    });
    expect((await stores.ledger.lineage('pair#1')).nodes.length).toBeGreaterThan(0);
  });

  it('loses nothing on SIGTERM, and at most the last 100 ms when a serving process is killed', async () => {
    await begin();
    const early = newIds(50);
    await askAll(early);
    await sleep(150);
    for (const pid of server.servingPids()) process.kill(pid, 'SIGKILL');
    await sleep(100); // our own client notices that its connections are gone
    const late = newIds(30);
    await askAll(late);
    await until(async () => (await logged(early)).length === 50, 5000); // what the dead process left is not waited for
    expect(await server.stop('SIGTERM')).toBe(0);
    expect((await logged([...early, ...late])).length).toBe(80);
  });

  it('keeps answering while Postgres is away, and ships each row once when it is back', async () => {
    const gate = await openGate(databaseUrl);
    gate.close();
    await begin(gate.url);
    const ids = newIds(30);
    await askAll(ids.slice(0, 15));
    await sleep(600);
    expect(await logged(ids)).toEqual([]);
    await gate.open();
    await askAll(ids.slice(15));
    const records = await until(async () => {
      const found = await logged(ids);
      return found.length >= 30 && found;
    }, 15_000);
    expect(records.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
    gate.close();
  });

  it('records true outcomes durably, by request id', async () => {
    await begin();
    const [id] = newIds(1) as [string];
    await askAll([id]);
    const send = (body: unknown) => ask(server, body, {}, '/v1/outcomes');
    expect(await send({ by: 'billing', outcomes: [{ requestId: id, outcome: true }] })).toMatchObject({
      status: 202,
      body: { accepted: 1 },
    });
    expect((await send({ outcomes: Array.from({ length: 501 }, () => ({ requestId: 'x', outcome: 1 })) })).status).toBe(
      400,
    );
    expect((await send({ outcomes: [{ requestId: 'a\u0000b', outcome: 1 }] })).status).toBe(400);
    const outcomes = () =>
      outcomesOf(stores.predictions, {
        model,
        environment,
        from: '2001-04-18T00:00:00.000Z',
        to: '2001-04-19T00:00:00.000Z',
      });
    expect(await until(async () => (await outcomes()).get(id), 5000)).toBe(1);
  });
});

async function newDatabase(): Promise<string> {
  const admin = new pg.Client({ connectionString: inject('databaseUrl') });
  const name = `model_server_${randomUUID().slice(0, 8)}`;
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** A way to Postgres that can be closed and opened. */
async function openGate(to: string) {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let server: Server;
  let port = 0;
  const open = () =>
    new Promise<void>((resolve) => {
      server = createServer((near) => {
        const far = connect(Number(target.port), target.hostname);
        for (const [a, b] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(a);
          a.on('error', () => b.destroy()).pipe(b);
        }
      });
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as { port: number }).port;
        resolve();
      });
    });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  await open();
  const url = new URL(to);
  url.host = `127.0.0.1:${port}`;
  return { url: url.href, open, close };
}
