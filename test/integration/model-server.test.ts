import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import { errorCode, PredictionId, predictionTime, type ServedVersion } from '../../schemas/index.js';
import { putPackage, putTwoVersions } from './model-package.js';
import {
  ask,
  endpoint,
  inferBody,
  isAlive,
  newPlace,
  type Place,
  type RunningServer,
  routesTo,
  row,
  serve,
  sleep,
  startModelServer,
  token,
  until,
} from './model-server-process.js';
import { shownCommands } from './shown-commands.js';

const { model } = endpoint;
const apiToken = 'a-token-of-callers-for-tests';
interface OpenApiPath {
  post: {
    requestBody: { content: { 'application/json': { example: unknown } } };
    responses: Record<string, { headers?: Record<string, unknown> }>;
  };
}
let place: Place;
let server: RunningServer;
let v1: ServedVersion;
let v2: ServedVersion;

async function begin(environment: Record<string, string> = {}) {
  place = newPlace();
  [v1, v2] = await putTwoVersions(place.blobs, model);
  server = await startModelServer(place, environment);
}

async function end() {
  await server.stop('SIGKILL');
  await sleep(50);
  place.remove();
}

describe('commands', () => {
  beforeAll(() => begin());
  afterAll(end);

  it('loads without moving traffic, then routes, and names the version in every answer', async () => {
    const loaded = await server.target.load(endpoint, { fence: { generation: 1, step: 0 }, version: v1 });
    expect(loaded).toMatchObject({ loaded: [1], routes: { current: null } });
    expect((await ask(server)).status).toBe(404);
    await server.target.setRoutes(endpoint, routesTo(v1, 1));
    const answer = await ask(server, inferBody(), { 'x-request-id': 'mine-1' });
    expect(answer).toMatchObject({ status: 200, version: '1' });
    expect(answer.value).toBeCloseTo(0.25, 5);
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.headers.get('x-model-name')).toBe(model);
    expect(answer.headers.get('x-model-digest')).toBe(v1.modelDigest);
    const again = await ask(server, inferBody(), { 'x-request-id': 'mine-1' });
    const ids = [answer, again].map(({ headers }) => headers.get('x-prediction-id') ?? '');
    for (const id of ids) expect(PredictionId.parse(id)).toBe(id);
    expect(Math.abs(predictionTime(ids[0] ?? '') - Date.now())).toBeLessThan(60_000);
    expect(ids[0]).not.toBe(ids[1]);
    const unnamed = await ask(server);
    expect(unnamed.headers.get('x-request-id')).toBe(unnamed.headers.get('x-prediction-id'));
    const refused = await ask(server, { inputs: [] }, { 'x-request-id': 'mine-2' });
    expect([refused.headers.get('x-request-id'), refused.headers.get('x-prediction-id')]).toEqual(['mine-2', null]);
  });

  it('gives the candidate its share, by request id', async () => {
    await server.target.load(endpoint, { fence: { generation: 2, step: 0 }, version: v2 });
    await server.target.setRoutes(endpoint, routesTo(v1, 2, { candidate: { ...v2, share: 0.3 } }));
    const versions: (string | null)[] = [];
    for (let i = 0; i < 400; i++) versions.push((await ask(server, inferBody(), { 'x-request-id': `r-${i}` })).version);
    const share = versions.filter((version) => version === '2').length / versions.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    for (const i of [0, 1, 2, 3, 4])
      expect((await ask(server, inferBody(), { 'x-request-id': `r-${i}` })).version).toBe(versions[i]);
    const { traffic } = await server.target.status(endpoint);
    expect(traffic.find(({ version }) => version === 2)?.requests).toBeGreaterThan(80);
  });

  it('accepts the same command again and refuses an older or another one', async () => {
    const command = routesTo(v2, 3, { previous: v1 });
    const first = await server.target.setRoutes(endpoint, command);
    const again = await server.target.setRoutes(endpoint, command);
    expect(again.routes).toEqual(first.routes);
    const refused = async (work: Promise<unknown>) => errorCode(await work.catch((error: unknown) => error));
    expect(await refused(server.target.setRoutes(endpoint, routesTo(v1, 2)))).toBe('STALE_GENERATION');
    expect(await refused(server.target.setRoutes(endpoint, routesTo(v1, 3)))).toBe('STALE_GENERATION');
    expect(await refused(server.target.load(endpoint, { fence: { generation: 2, step: 9 }, version: v1 }))).toBe(
      'STALE_GENERATION',
    );
    expect((await ask(server)).version).toBe('2');
  });

  it('rolls back at once, and once', async () => {
    const began = performance.now();
    const status = await server.target.rollback(endpoint, { by: 'ana', reason: 'late answers' });
    expect(performance.now() - began).toBeLessThan(500);
    expect(status).toMatchObject({
      fence: { generation: 103, step: 0 },
      routes: { current: { version: 1 }, previous: null },
    });
    expect((await ask(server)).version).toBe('1');
    expect(await server.target.rollback(endpoint, { by: 'ana', reason: 'again' })).toMatchObject({
      fence: { generation: 103 },
    });
    const granted = server.target.load(endpoint, { fence: { generation: 4, step: 0 }, version: v2 });
    expect(errorCode(await granted.catch((error: unknown) => error))).toBe('STALE_GENERATION');
    const forward = await server.target.rollback(endpoint, { by: 'ana', reason: 'it was not that', toVersion: 2 });
    expect(forward).toMatchObject({ fence: { generation: 203 }, routes: { current: { version: 2 } } });
    const unknown = server.target.rollback(endpoint, { by: 'ana', reason: 'no such', toVersion: 9 });
    expect(errorCode(await unknown.catch((error: unknown) => error))).toBe('NOTHING_TO_ROLL_BACK');
  });

  it('changes nothing when a model does not pass its checks', async () => {
    const before = await server.target.status(endpoint);
    const wrong = await putPackage(place.blobs, { model, version: 7, answer: 0.5, goldenOffset: 0.1 });
    const garbage = await putPackage(place.blobs, { model, version: 8, bytes: Buffer.from('no model at all') });
    const damaged = await putPackage(place.blobs, { model, version: 9, answer: 0.6 });
    const file = (await place.blobs.stat(damaged.modelDigest))?.uri.replace('file://', '') ?? '';
    rmSync(file);
    writeFileSync(file, 'bytes of another model');
    const codeOf = (version: ServedVersion) =>
      server.target.load(endpoint, { fence: { generation: 300, step: 0 }, version }).then(() => null, errorCode);
    expect(await codeOf(wrong)).toBe('DEPLOYMENT_CHECK_FAILED');
    expect(await codeOf(garbage)).toBe('MODEL_REFUSED');
    expect(await codeOf(damaged)).toBe('BLOB_CORRUPT');
    expect(await codeOf({ ...v1, version: 10, packageDigest: '1'.repeat(64) })).toBe('BLOB_NOT_FOUND');
    const after = await server.target.status(endpoint);
    expect({ ...after, traffic: [] }).toEqual({ ...before, traffic: [] });
    expect((await ask(server)).version).toBe('2');
  });

  it('answers only who has the token, under a name of its own', async () => {
    const url = `${server.control}/control/v1/endpoints`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    const stranger = createModelServerTarget({ address: server.control, token: 'another-token-for-tests' });
    expect(errorCode(await stranger.status(endpoint).catch((error: unknown) => error))).toBe('CONFIGURATION_INVALID');
    const nobody = createModelServerTarget({ address: 'http://127.0.0.1:1', token });
    expect(errorCode(await nobody.status(endpoint).catch((error: unknown) => error))).toBe('MODEL_SERVER_UNAVAILABLE');
    await expect(startModelServer(newPlace(), { MODEL_SERVER_TOKEN: '' })).rejects.toThrow(
      /MODEL_SERVER_TOKEN is missing/,
    );
  });
});

it('keeps its token out of what other users of the machine can read', async () => {
  await begin();
  expect(execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' })).not.toContain(token);
  await end();
});

describe('requests', () => {
  beforeAll(async () => {
    await begin();
    await serve(server, v1, 1);
  });
  afterAll(end);

  const without = (name: string) => ({ inputs: inferBody().inputs.filter((input) => input.name !== name) });
  const withInput = (name: string, change: object) => ({
    inputs: inferBody().inputs.map((input) => (input.name === name ? { ...input, ...change } : input)),
  });
  const deep = `{"inputs":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  const nan = JSON.stringify(inferBody()).replace('731.5', 'NaN');
  const wide = inferBody(Array.from({ length: 10_001 }, () => row));

  it.each([
    ['a missing column', without('seats'), 400, 'missing_column', 'seats'],
    [
      'unknown columns',
      { inputs: [...inferBody().inputs, { name: 'tail', shape: [1], datatype: 'FP32', data: [1] }] },
      400,
      'unknown_column',
      'tail',
    ],
    ['a column twice', { inputs: [...inferBody().inputs, ...inferBody().inputs] }, 400, 'invalid_request', 'departure'],
    ['NaN', nan, 400, 'invalid_json', undefined],
    ['Infinity by overflow', JSON.stringify(inferBody()).replace('731.5', '1e999'), 400, 'invalid_value', 'distance'],
    ['more than a float holds', withInput('distance', { data: [1e300] }), 400, 'invalid_value', 'distance'],
    ['text for a number', withInput('distance', { data: ['far'] }), 400, 'invalid_value', 'distance'],
    ['a fraction for an integer', withInput('seats', { data: [1.5] }), 400, 'invalid_value', 'seats'],
    ['a time that is none', withInput('departure', { data: ['yesterday'] }), 400, 'invalid_value', 'departure'],
    ['a matrix', withInput('distance', { shape: [1, 2] }), 400, 'invalid_shape', 'distance'],
    ['fewer values than the shape says', withInput('distance', { data: [] }), 400, 'invalid_shape', 'distance'],
    [
      'columns of different length',
      withInput('distance', { shape: [2], data: [1, 2] }),
      400,
      'invalid_shape',
      'distance',
    ],
    ['no rows', withInput('departure', { shape: [0], data: [] }), 400, 'invalid_shape', 'departure'],
    ['a wrong datatype', withInput('airline', { datatype: 'FP32' }), 400, 'invalid_value', 'airline'],
    ['too many rows', wide, 400, 'too_many_rows', 'departure'],
    ['deep JSON', deep, 400, 'invalid_request', 'inputs'],
    ['a list', '[]', 400, 'invalid_request', 'inputs'],
    ['no JSON', '{', 400, 'invalid_json', undefined],
    ['a huge body', `"${'x'.repeat(7_000_000)}"`, 413, 'body_too_large', undefined],
  ])('refuses %s, naming the field', async (_, body, status, code, field) => {
    const answer = await ask(server, body);
    expect({ status: answer.status, code: answer.body.code, field: answer.body.field }).toEqual({
      status,
      code,
      field,
    });
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    expect((await ask(server)).status).toBe(200);
  });

  it('takes null and absent values as missing, and shapes [N,1] and nested data', async () => {
    const nothing = { inputs: inferBody().inputs.map((input) => ({ ...input, data: [null] })) };
    expect((await ask(server, nothing)).value).toBeCloseTo(0.25, 5);
    const nested = {
      id: 'batch-7',
      inputs: inferBody([row, row]).inputs.map((i) => ({ ...i, shape: [2, 1], data: i.data.map((v) => [v]) })),
    };
    const answer = await ask(server, nested);
    expect(answer.body).toMatchObject({
      id: 'batch-7',
      model_name: model,
      model_version: '1',
      outputs: [{ shape: [2], datatype: 'FP32' }],
    });
    expect(answer.headers.get('x-request-id')).toBe('batch-7');
  });

  it.each(['order:991', 'a.b/c#1', 'not ours!', 'x'.repeat(200)])(
    'repeats the id "%s" in body and header',
    async (id) => {
      const inBody = await ask(server, { ...inferBody(), id }, { 'x-request-id': 'of-a-proxy' });
      expect([inBody.body.id, inBody.headers.get('x-request-id')]).toEqual([id, id]);
      expect((await ask(server, inferBody(), { 'x-request-id': id })).headers.get('x-request-id')).toBe(id);
    },
  );

  it.each<[string, unknown, Record<string, string>, string]>([
    ['a body id that no header can carry', 'заказ', {}, 'id'],
    ['a body id that is too long', 'x'.repeat(201), {}, 'id'],
    ['a body id that is a number', 991, {}, 'id'],
    ['a header that is too long', undefined, { 'x-request-id': 'x'.repeat(201) }, 'x-request-id'],
    ['a header that is no ASCII', undefined, { 'x-request-id': 'größe' }, 'x-request-id'],
  ])('refuses %s, instead of logging another', async (_, id, headers, field) => {
    const { status, body } = await ask(server, { ...inferBody(), id }, headers);
    expect({ status, field: body.field, code: body.code }).toEqual({ status: 400, field, code: 'invalid_value' });
  });

  it.each([
    '2023-02-31',
    '2023-02-31T10:00:00Z',
    '2023-02-30T10:00:00+02:00',
    '2023-00-10',
    '2023-13-01',
    '1900-02-29',
  ])('refuses the time %s, which is none, instead of logging another', async (departure) => {
    const { status, body } = await ask(server, inferBody([{ ...row, departure }]));
    expect({ status, field: body.field }).toEqual({ status: 400, field: 'departure' });
  });

  it('answers MLflow clients in all their formats', async () => {
    const names = Object.keys(row);
    const split = { dataframe_split: { columns: names, data: [Object.values(row), Object.values(row)] } };
    const records = { dataframe_records: [{ ...row, departure: 987_573_600_000 }, { airline: 'UA' }] };
    const columns = { inputs: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value, value]])) };
    for (const body of [split, records, columns]) {
      const answer = await ask(server, body, {}, '/invocations');
      const { probability } = answer.body.predictions as { probability: number[] };
      expect(probability.map((value) => value.toFixed(5))).toEqual(['0.25000', '0.25000']);
    }
    expect((await ask(server, { ...split, ...records }, {}, '/invocations')).body.code).toBe('invalid_request');
    expect(
      (await ask(server, { dataframe_records: [{ airline: 'UA' }] }, {}, `/models/${model}/invocations`)).body,
    ).toMatchObject({ code: 'missing_column', field: 'departure' });
  });

  it('describes itself', async () => {
    const get = async (path: string) => fetch(server.public + path);
    const json = async (path: string) => (await get(path)).json() as Promise<Record<string, unknown>>;
    expect(await json('/v2/health/live')).toEqual({ live: true });
    expect(await json('/v2/health/ready')).toEqual({ ready: true });
    expect(await json(`/v2/models/${model}/ready`)).toEqual({ name: model, ready: true });
    expect(await json(`/v2/models/${model}`)).toMatchObject({ versions: ['1'], platform: 'onnx_onnxv1' });
    expect((await get(`/v2/models/${model}/versions/9`)).status).toBe(404);
    expect((await get('/v2/models/unknown/ready')).status).toBe(503);
    const { paths } = (await json('/openapi.json')) as { paths: Record<string, OpenApiPath> };
    expect(paths[`/v2/models/${model}/infer`]?.post.responses['2XX']?.headers).toHaveProperty('x-prediction-id');
    expect(await (await get('/docs')).text()).toContain('departure');
    expect(await (await get('/metrics')).text()).toMatch(
      /model_server_requests_total\{model="flight-delay",version="1",environment="production",status="200"\} \d+/,
    );
    expect((await ask(server, inferBody(), { 'x-mlops-environment': 'staging' })).status).toBe(404);
  });
});

describe('its documentation', () => {
  const airline = `O'Hare "</pre><script>alert(1)</script>" $(id) \\ \u202Eback`;
  beforeAll(async () => {
    await begin({ MODEL_SERVER_API_TOKEN: apiToken });
    await serve(server, await putPackage(place.blobs, { model, version: 3, answer: 0.25, airline }), 1);
  });
  afterAll(end);

  const get = (path: string) => fetch(server.public + path, { headers: { authorization: `Bearer ${apiToken}` } });
  const sent = async ({ url, headers, body }: ReturnType<typeof shownCommands>[number]) => {
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, id: response.headers.get('x-request-id'), body: await response.json() };
  };

  it('shows commands that work as they are copied, of a row the model was packaged with', async () => {
    const page = await (await get('/docs')).text();
    process.env['MODEL_SERVER_API_TOKEN'] = apiToken;
    const commands = shownCommands(page);
    delete process.env['MODEL_SERVER_API_TOKEN'];
    expect(commands.map(({ url }) => url.replace(server.public, ''))).toEqual([
      `/models/${model}/invocations`,
      `/v2/models/${model}/infer`,
      '/v1/outcomes',
    ]);
    const [frame, tensors, outcomes] = await Promise.all(commands.map(sent));
    expect(JSON.parse(commands[0]?.body ?? '')).toEqual({
      dataframe_records: [{ departure: '2001-03-31T00:53:20.000Z', airline, distance: 100, seats: 120, holiday: true }],
    });
    expect(frame).toMatchObject({ status: 200, body: { predictions: { probability: [expect.closeTo(0.25, 5)] } } });
    expect(tensors).toMatchObject({ status: 200, body: { outputs: [{ data: [expect.closeTo(0.25, 5)] }] } });
    expect(outcomes).toMatchObject({ status: 202, body: { accepted: 1, refused: [] } });
    expect(commands[2]?.body).toContain(`"requestId":"${frame?.id}"`);
  });

  it('lets no value become markup, and asks the browser to run nothing', async () => {
    const page = await (await get('/docs')).text();
    expect(page).not.toMatch(/<script|\sstyle="|\son[a-z]+=|\u202E/);
    expect(page).toContain('&lt;/pre&gt;&lt;script&gt;alert(1)');
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
  });

  it('gives machines the same examples', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as { paths: Record<string, OpenApiPath> };
    const posts = Object.entries(paths).filter(([, { post }]) => post !== undefined);
    expect(posts).toHaveLength(3);
    for (const [path, { post }] of posts) {
      const { example } = post.requestBody.content['application/json'];
      const headers = { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' };
      expect((await sent({ url: server.public + path, headers, body: JSON.stringify(example) })).status).toBeLessThan(
        300,
      );
    }
  });
});

describe('faults', () => {
  afterEach(end);

  it('is back within 2 s after kill -9 of the serving process, and refuses no connection', async () => {
    await begin();
    await serve(server, v1, 1);
    const [pid] = server.servingPids() as [number];
    process.kill(pid, 'SIGKILL');
    const began = performance.now();
    await until(() => !isAlive(pid), 1000);
    await sleep(50); // our own client notices that its connections are gone
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 200, version: '1' });
    expect(performance.now() - began).toBeLessThan(2500);
  });

  it('asks a version no more that took the server down three times, and returns to the one before', async () => {
    await begin();
    await serve(server, v1, 1);
    await serve(server, v2, 2, v1);
    for (let crash = 0; crash < 3; crash++) {
      expect((await until(() => ask(server).catch(() => undefined), 5000)).version).toBe('2');
      await sleep(300); // a heartbeat says which version ran last
      const [pid] = server.servingPids() as [number];
      process.kill(pid, 'SIGSEGV');
      await until(() => !isAlive(pid), 2000);
    }
    const status = await until(async () => {
      const now = await server.target.status(endpoint);
      return now.routes.current?.version === 1 && now.loaded.length > 0 && now;
    }, 3000);
    expect(status).toMatchObject({ fence: { generation: 102, step: 0 }, routes: { previous: null }, loaded: [1] });
    expect((await until(() => ask(server).catch(() => undefined), 5000)).version).toBe('1');
  });

  it('kills and replaces a serving process that hangs', async () => {
    await begin({ MODEL_SERVER_HANG_MS: '600' });
    await serve(server, v1, 1);
    const [pid] = server.servingPids() as [number];
    process.kill(pid, 'SIGSTOP');
    await until(() => !isAlive(pid), 3000);
    expect(await until(async () => (await ask(server)).version ?? undefined, 3000)).toBe('1');
  });

  it('serves the same versions after kill -9 of the supervisor, with everything else gone', async () => {
    await begin();
    await serve(server, v1, 1);
    await serve(server, v2, 2, v1);
    const serving = server.servingPids();
    await server.stop('SIGKILL');
    await until(() => serving.every((pid) => !isAlive(pid)), 3000);
    rmSync(join(place.folder, 'blobs'), { recursive: true });
    server = await startModelServer(place);
    expect((await ask(server)).version).toBe('2');
    expect(await server.target.status(endpoint)).toMatchObject({
      fence: { generation: 2, step: 1 },
      loaded: expect.arrayContaining([1, 2]),
    });
    await server.target.rollback(endpoint, { by: 'ana', reason: 'all is down' });
    expect((await ask(server)).version).toBe('1');
  });

  it('swaps versions under load: no failure, and each answer is of the version it names', async () => {
    await begin({ MODEL_SERVER_PROCESSES: '2' });
    await serve(server, v1, 1);
    let running = true;
    const wrong: unknown[] = [];
    let answers = 0;
    const client = async () => {
      while (running) {
        const { status, version, value } = await ask(server);
        answers++;
        if (status !== 200 || Math.abs((value ?? 0) - (version === '1' ? 0.25 : 0.75)) > 1e-5)
          wrong.push({ status, version, value });
      }
    };
    const clients = Array.from({ length: 4 }, client);
    await serve(server, v2, 2, v1);
    for (let i = 3; i < 23; i++) {
      const [current, previous] = i % 2 === 1 ? [v1, v2] : [v2, v1];
      await server.target.setRoutes(endpoint, routesTo(current, i, { previous }));
      expect((await ask(server)).version).toBe(String(current.version));
    }
    running = false;
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    expect(answers).toBeGreaterThan(100);
  });

  it('drains on SIGTERM: not ready at once, answers what is under way, ends with 0', async () => {
    await begin({ MODEL_SERVER_DRAIN_MS: '400' });
    await serve(server, v1, 1);
    const large = ask(server, inferBody(Array.from({ length: 10_000 }, () => row)), { 'x-request-timeout-ms': '9000' });
    const stopped = server.stop('SIGTERM');
    await until(async () => (await fetch(`${server.public}/v2/health/ready`)).status === 503, 2000);
    expect((await ask(server)).status).toBe(200);
    expect((await large).status).toBe(200);
    expect(await stopped).toBe(0);
    const waiting = readdirSync(join(place.folder, 'work/model-server/predictions')).filter(
      (name) => name !== 'refused',
    );
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.every((name) => name.endsWith('.jsonl'))).toBe(true);
  });
});
