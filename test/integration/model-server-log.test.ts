import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { PredictionRecord } from '../../schemas/index.js';
import { ledgerLogins } from '../../scripts/servers/ledger-logins.js';
import { knownOutcomes } from './ledger-facts.js';
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
/** as the model server logs in where it has a login of its own */
let serverUrl: string;
let place: Place;
let server: RunningServer;
let stores: PostgresStores;

beforeAll(async () => {
  databaseUrl = await newDatabase();
  await migrate(databaseUrl);
  serverUrl = (await ledgerLogins(databaseUrl)).modelServer;
});

async function begin(url = serverUrl, more: Record<string, string> = {}) {
  place = newPlace();
  stores = await openStores({ databaseUrl });
  const version = await putPackage(place.blobs, { model, version: 1, answer: 0.25 });
  server = await startModelServer(place, { DATABASE_URL: url, ...more });
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
  return lines.map((line) => PredictionRecord.parse(JSON.parse(line))).filter(({ requestId }) => wanted.has(requestId));
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
    const answer = await ask(server, inferBody([row, { ...row, airline: 'U"A' }]), { 'x-request-id': 'pair' });
    await ask(server, { inputs: [] }, { 'x-request-id': 'refused' });
    const records = await until(async () => {
      const found = await logged([...ids, 'pair', 'refused']);
      return found.length >= 22 && found;
    }, 5000);
    expect(records.length).toBe(22);
    const pair = records.filter(({ requestId }) => requestId === 'pair');
    expect(pair.map(({ predictionId }) => predictionId)).toEqual(
      [0, 1].map((row) => `${answer.headers.get('x-prediction-id')}:${row}`),
    );
    expect(pair[1]).toMatchObject({
      model,
      version: 1,
      eventAt: '2001-04-18T06:00:00.000Z',
      inputs: { departure: '2001-04-18T06:00:00.000Z', airline: 'U"A', distance: 731.5, seats: 120, holiday: false },
    });
    expect((await stores.ledger.lineage('pair')).asked).toHaveLength(2);
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
    const gate = await openGate(serverUrl);
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

  const known = () =>
    knownOutcomes(stores.predictions, {
      model,
      environment,
      from: '2001-04-18T00:00:00.000Z',
      to: '2001-04-19T00:00:00.000Z',
    });
  const send = (outcomes: unknown[], headers = {}) => ask(server, { by: 'billing', outcomes }, headers, '/v1/outcomes');

  it('records true outcomes durably, and says of each what becomes of it', async () => {
    await begin();
    const [id] = newIds(1) as [string];
    const predictionId = (await ask(server, inferBody(), { 'x-request-id': id })).headers.get('x-prediction-id') ?? '';
    await until(async () => (await logged([id])).length === 1, 5000);
    const first = await send([{ predictionId, outcome: true }]);
    expect(first).toMatchObject({ status: 202, body: { accepted: 1, pending: 0, refused: [] } });
    expect(first.body.outcomes).toEqual([{ row: 0, status: 'recorded' }]);
    expect(await until(async () => (await known()).outcomes.get(predictionId), 5000)).toBe(1);
    const later = await send([
      { requestId: id, outcome: 0 },
      { requestId: newIds(1)[0], outcome: 1 },
    ]);
    expect(later.body).toMatchObject({ accepted: 2, pending: 1, refused: [] });
    expect(later.body.outcomes).toEqual([
      { row: 0, status: 'supersedes' },
      { row: 1, status: 'pending' },
    ]);
    await until(async () => (await known()).outcomes.get(predictionId) === 0, 5000);
    expect((await stores.ledger.verify()).faults).toEqual([]);
    expect((await send(Array.from({ length: 501 }, () => ({ requestId: 'x', outcome: 1 })))).status).toBe(400);
    expect((await send([{ requestId: 'a\u0000b', outcome: 1 }])).status).toBe(400);
  });

  it('meets the outcome of an id with a colon, and of one that is corrected later', async () => {
    await begin();
    const stepsOf = (
      name: string,
    ): { body?: { id?: string; outcomes?: unknown[] }; headers?: Record<string, string> }[] =>
      JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')).steps;
    const [asked, told] = stepsOf('request-id-with-a-colon');
    const answer = await ask(server, { ...inferBody(), id: asked?.body?.id });
    expect(answer.body.id).toBe('order:991');
    expect(await send(told?.body?.outcomes ?? [])).toMatchObject({ status: 202, body: { accepted: 1 } });
    const [named, ...corrections] = stepsOf('corrected-outcome').slice(0, 3);
    const corrected = await ask(server, inferBody([{ ...row, seats: 7 }]), named?.headers);
    for (const { body } of corrections) expect((await send(body?.outcomes ?? [])).body.accepted).toBe(1);
    const ids = [answer, corrected].map(({ headers }) => headers.get('x-prediction-id') ?? '');
    await until(async () => (await known()).outcomes.size >= 2, 5000);
    const { outcomes } = await known();
    expect(ids.map((id) => outcomes.get(id))).toEqual([1, 1]);
  });

  it('refuses an outcome that fits the predictions of two callers', async () => {
    await begin();
    for (const seats of [1, 2]) await ask(server, inferBody([{ ...row, seats }]), { 'x-request-id': 'shared' });
    await until(async () => (await logged(['shared'])).length === 2, 5000);
    const { status, body } = await send([{ requestId: 'shared', outcome: 1 }]);
    expect({ status, error: body.error }).toMatchObject({
      status: 400,
      error: expect.stringContaining('several predictions fit'),
    });
  });

  it('takes outcomes while Postgres is away, and says that they wait', async () => {
    await begin('postgres://nobody@127.0.0.1:1/none');
    expect((await send([{ requestId: 'x', outcome: 1 }])).body).toMatchObject({ accepted: 1, pending: 1 });
  });

  it('takes outcomes only of those who may say what came true, by their names', async () => {
    const [api, billing, crm] = ['api', 'billing', 'crm'].map((name) => `${name}-${randomUUID()}`) as [
      string,
      string,
      string,
    ];
    await begin(serverUrl, {
      MODEL_SERVER_API_TOKEN: api,
      MODEL_SERVER_OUTCOMES_TOKEN: `billing:${billing}, crm:${crm}`,
    });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const answer = await ask(server, inferBody(), bearer(api));
    const predictionId = answer.headers.get('x-prediction-id');
    const outcomes = [{ predictionId, outcome: 1 }];
    expect((await send(outcomes, bearer(api))).status).toBe(401);
    expect((await send(outcomes)).status).toBe(401);
    expect((await ask(server, { outcomes }, bearer(api), '/v1/outcomes?x=1')).status).toBe(401);
    expect((await ask(server, inferBody(), bearer(crm))).status).toBe(401);
    expect((await send(outcomes, bearer(crm))).status).toBe(202);
    await until(async () => (await known()).outcomes.has(predictionId ?? ''), 5000);
    const { nodes } = await stores.ledger.lineage(predictionId ?? '');
    expect(nodes[0]?.detail).toContain('outcome 1 by crm');
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
