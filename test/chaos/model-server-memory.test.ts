import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode, type ServedVersion } from '../../schemas/index.js';
import { putBarePackage } from '../../scripts/bench/bare-package.js';
import { craftedModel } from '../activities/onnx/crafted-model.js';
import { putPackage, putTwoVersions } from '../integration/model-package.js';
import {
  ask,
  endpoint,
  isAlive,
  newPlace,
  type Place,
  type RunningServer,
  routesTo,
  serve,
  sleep,
  startModelServer,
  until,
} from '../integration/model-server-process.js';

const { model } = endpoint;
let place: Place;
let server: RunningServer;
let v1: ServedVersion;
let v2: ServedVersion;

beforeEach(async () => {
  place = newPlace();
  [v1, v2] = await putTwoVersions(place.blobs, model);
  server = await startModelServer(place);
});

afterEach(async () => {
  await server.stop('SIGKILL');
  await sleep(50);
  place.remove();
});

const cache = () => join(place.folder, 'work/model-server/models');
const files = () => readdirSync(cache()).filter((name) => !name.endsWith('.part'));
const blobs = () => join(place.folder, 'blobs');
const isReady = async () => (await fetch(`${server.public}/v2/models/${model}/ready`)).status === 200;
const damage = () => {
  for (const name of files()) writeFileSync(join(cache(), name), 'flipped');
};
const lose = () => rmSync(cache(), { recursive: true });

async function kill() {
  const serving = server.servingPids();
  await server.stop('SIGKILL');
  await until(() => serving.every((pid) => !isAlive(pid)), 6000);
}

describe('a model server that lost its model cache', () => {
  it.each([
    ['damaged', damage],
    ['deleted', lose],
  ])('fetches what should serve when its files were %s, and nothing else is needed', async (_, spoil) => {
    await serve(server, v1, 1);
    await serve(server, v2, 2, v1);
    await kill();
    spoil();
    server = await startModelServer(place);
    await until(async () => (await ask(server)).version === '2', 10_000);
    const { loaded } = await until(async () => {
      const status = await server.target.status(endpoint);
      return status.loaded.length === 2 && status;
    }, 10_000);
    expect(new Set(loaded)).toEqual(new Set([1, 2]));
    const back = await server.target.rollback(endpoint, { by: 'ana', reason: 'late answers' });
    expect(back.routes.current?.version).toBe(1);
    expect((await ask(server)).version).toBe('1');
  });

  it('says that it does not serve while the blobs are away, and serves by itself when they are back', async () => {
    await serve(server, v1, 1);
    await serve(server, v2, 2, v1);
    await kill();
    damage();
    renameSync(blobs(), `${blobs()}-away`);
    server = await startModelServer(place);
    const answer = await ask(server);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 503, code: 'model_not_loaded' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await isReady()).toBe(false);
    expect((await fetch(`${server.public}/v2/health/ready`)).status).toBe(200);
    const status = await server.target.status(endpoint);
    expect(status).toMatchObject({ loaded: [], routes: { current: { version: 2 } }, lastChange: 'change' });
    const rollback = server.target.rollback(endpoint, { by: 'ana', reason: 'no answers' });
    expect(errorCode(await rollback.catch((error: unknown) => error))).toBe('NOTHING_TO_ROLL_BACK');
    rmSync(blobs(), { recursive: true, force: true });
    renameSync(`${blobs()}-away`, blobs());
    await until(async () => (await ask(server)).version === '2', 20_000);
    expect(await isReady()).toBe(true);
  });

  it('is given what it lost by the owner, who pushes the same routes again', async () => {
    await serve(server, v1, 1);
    await kill();
    damage();
    renameSync(blobs(), `${blobs()}-away`);
    server = await startModelServer(place);
    expect((await ask(server)).status).toBe(503);
    rmSync(blobs(), { recursive: true, force: true });
    renameSync(`${blobs()}-away`, blobs());
    expect(await server.target.setRoutes(endpoint, routesTo(v1, 1))).toMatchObject({ loaded: [1] });
    expect((await ask(server)).version).toBe('1');
  });

  it('replaces a process whose files were lost under it, and answers rightly or not at all', async () => {
    await serve(server, v1, 1);
    damage();
    const [pid] = server.servingPids() as [number];
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid), 1000);
    await sleep(50); // our own client notices that its connections are gone
    const seen = new Set<number>();
    await until(async () => {
      const { status } = await ask(server);
      seen.add(status);
      return status === 200;
    }, 15_000);
    expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  });
});

it('refuses a model that is quick on its golden rows and endless on the largest request, and serves on', async () => {
  await serve(server, v1, 1);
  const value = (name: string) => ({ name, shape: ['N', 1] });
  const bytes = craftedModel(
    [value('x')],
    [value('y')],
    [
      ['Transpose', ['x'], 'across'],
      ['MatMul', ['x', 'across'], 'square'],
      ['MatMul', ['square', 'square'], 'again'],
      ['MatMul', ['again', 'square'], 'more'],
      ['MatMul', ['more', 'x'], 'y'],
    ],
  );
  const golden = Buffer.from(JSON.stringify({ rows: [[0, 0]], expected: [0, 0], tolerance: 0 }));
  const columns = [{ name: 'x', type: 'number' as const }];
  const hostile = await putBarePackage(place.blobs, 3, { model, columns, bytes, golden });
  const load = server.target.load(endpoint, { fence: { generation: 2, step: 0 }, version: hostile });
  const refused = await load.catch((error: unknown) => error);
  expect(errorCode(refused)).toBe('DEPLOYMENT_CHECK_FAILED');
  expect((refused as Error).message).toMatch(/processor time|deadline|memory/);
  expect((await ask(server)).version).toBe('1');
  expect(server.servingPids()).toHaveLength(1);
}, 30_000);

describe('the model cache', () => {
  it('keeps what is served and kept warm, and gives up the rest with each deployment', async () => {
    await serve(server, v1, 1);
    const packageFiles = files().length;
    let before = v1;
    for (let version = 2; version <= 8; version++) {
      const next = await putPackage(place.blobs, { model, version, answer: version / 10 });
      await serve(server, next, version, before);
      before = next;
    }
    await until(() => files().length <= 4 * packageFiles, 5000);
    expect((await ask(server)).version).toBe('8');
  });
});
