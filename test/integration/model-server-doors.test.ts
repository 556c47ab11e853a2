import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCode, type ServedVersion } from '../../schemas/index.js';
import { putTwoVersions } from './model-package.js';
import {
  ask,
  endpoint,
  inferBody,
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

const { model } = endpoint;
let place: Place;
let server: RunningServer;
let v1: ServedVersion;
let v2: ServedVersion;

async function begin(environment: Record<string, string> = {}) {
  place = newPlace();
  [v1, v2] = await putTwoVersions(place.blobs, model);
  server = await startModelServer(place, environment);
  await serve(server, v1, 1);
}

async function end() {
  await server.stop('SIGKILL');
  await sleep(50);
  place.remove();
}

/** What comes back for these very bytes; the first line of it. */
function raw(address: string, lines: string[]): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    let text = '';
    socket.on('data', (data) => (text += data));
    socket.on('error', reject);
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
  });
}

describe('the doors of a model server', () => {
  beforeAll(() => begin());
  afterAll(end);

  const authorization = `Authorization: Bearer ${token}`;
  const host = () => `Host: ${new URL(server.control).host}`;

  it('refuse a header that comes twice, where two could be believed', async () => {
    const get = `GET /control/v1/endpoints HTTP/1.1`;
    const close = 'Connection: close';
    expect(await raw(server.control, [get, host(), authorization, close])).toContain(' 200 ');
    expect(await raw(server.control, [get, host(), 'Host: evil.example', authorization, close])).toContain(' 400 ');
    expect(await raw(server.control, [get, host(), authorization, 'Authorization: Bearer x', close])).toContain(
      ' 400 ',
    );
    const live = 'GET /v2/health/live HTTP/1.1';
    expect(await raw(server.public, [live, host(), 'Host: evil.example', close])).toContain(' 400 ');
    const lengths = ['Content-Length: 2', 'Content-Length: 3'];
    const post = ['POST /v1/outcomes HTTP/1.1', host(), 'Content-Type: application/json', ...lengths, close];
    expect(await raw(server.public, post)).toContain(' 400 ');
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['a browser that says so', { 'sec-fetch-site': 'cross-site' }, 403],
    ['no content type', { 'content-type': '' }, 415],
    ['text', { 'content-type': 'text/plain' }, 415],
  ])('let no outcome in from %s', async (_, headers, status) => {
    const body = JSON.stringify({ by: 'billing', outcomes: [{ requestId: 'a', outcome: 1 }] });
    const { hostname, port } = new URL(server.public);
    const sent: Record<string, string> = { 'content-type': 'application/json', ...headers };
    if (sent['content-type'] === '') delete sent['content-type'];
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(
        { host: hostname, port, path: '/v1/outcomes', method: 'POST', headers: sent },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });
    expect(answered).toBe(status);
  });

  it('answer by no name but their own', async () => {
    const lines = ['GET /docs HTTP/1.1', 'Host: evil.example', 'Connection: close'];
    expect(await raw(server.public, lines)).toContain(' 403 ');
    expect(
      await raw(server.control, [
        'GET /control/v1/endpoints HTTP/1.1',
        'Host: evil.example',
        authorization,
        'Connection: close',
      ]),
    ).toContain(' 403 ');
  });

  it('refuse bytes that are no UTF-8, an output that does not exist and a day that is on no calendar', async () => {
    const bytes = Buffer.from(JSON.stringify(inferBody()).replace('"AA"', '"é"'), 'latin1');
    const response = await fetch(`${server.public}/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bytes,
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { code: string }).code).toBe('invalid_json');
    const outputs = await ask(server, { ...inferBody(), outputs: [{ name: 'nonsense' }] });
    expect(outputs).toMatchObject({ status: 400, body: { field: 'outputs' } });
    const day = await ask(server, inferBody([{ ...row, departure: '2023-02-31' }]));
    expect(day).toMatchObject({ status: 400, body: { field: 'departure' } });
  });

  it('refuse a generation far ahead, and go on with the next one', async () => {
    const codeOf = (work: Promise<unknown>) => work.then(() => null, errorCode);
    const far = { generation: 2 ** 40, step: 0 };
    expect(await codeOf(server.target.load(endpoint, { fence: far, version: v2 }))).toBe('InvalidInput');
    const huge = { generation: Number.MAX_SAFE_INTEGER, step: 0 };
    expect(await codeOf(server.target.setRoutes(endpoint, { ...routesTo(v1, 2), fence: huge }))).toBe('InvalidInput');
    expect((await server.target.setRoutes(endpoint, routesTo(v1, 2))).fence?.generation).toBe(2);
  });
});

describe('a candidate', () => {
  beforeAll(() => begin());
  afterAll(end);

  const traffic = async (version: number) =>
    (await server.target.status(endpoint)).traffic.find((one) => one.version === version);
  const answers = async () =>
    (await server.target.status(endpoint)).traffic.reduce((sum, one) => sum + one.requests, 0);

  it('is not judged by deadlines that callers set, by what they name, or by one id that comes again', async () => {
    await server.target.load(endpoint, { fence: { generation: 2, step: 0 }, version: v2 });
    await server.target.setRoutes(endpoint, routesTo(v1, 2, { candidate: { ...v2, share: 0.5 } }));
    const large = inferBody(Array.from({ length: 101 }, () => row));
    await Promise.all(Array.from({ length: 60 }, () => ask(server, large, { 'x-request-timeout-ms': '0.0001' })));
    expect((await traffic(2))?.errors).toBe(0);
    const before = await answers();
    const named = `/v2/models/${model}/versions/2/infer`;
    for (let i = 0; i < 20; i++) await ask(server, inferBody(), {}, named);
    await ask(server, { inputs: [] }, {}, named);
    expect(await answers()).toBe(before);
    for (let i = 0; i < 20; i++) await ask(server, inferBody(), { 'x-request-id': 'again' });
    expect(await answers()).toBe(before + 1);
    expect(await traffic(2)).toMatchObject({ errors: 0, refused: 0 });
  });

  it('is charged with refused inputs and with processes that it takes down', async () => {
    const before = await traffic(2);
    for (let i = 0; i < 40; i++) await ask(server, { inputs: [] });
    const refused = (await traffic(1))!.refused + (await traffic(2))!.refused;
    expect(refused).toBe(40);
    expect((await traffic(2))!.refused).toBeGreaterThan(5);
    await until(async () => (await ask(server)).version === '2' || undefined, 5000);
    await sleep(300); // a heartbeat says which version ran last
    process.kill(server.servingPids()[0] as number, 'SIGSEGV');
    await until(async () => (await traffic(2))!.errors > (before?.errors ?? 0) || undefined, 5000);
  });
});

describe('idle connections', () => {
  afterAll(end);

  it('of one address leave room for others', async () => {
    await begin({ MODEL_SERVER_MAX_CONNECTIONS: '5' });
    const { hostname, port } = new URL(server.public);
    const closed = new Set<Socket>();
    const sockets = Array.from({ length: 30 }, () => {
      const socket = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.2' });
      socket.on('error', () => {});
      socket.on('close', () => closed.add(socket));
      return socket;
    });
    await until(() => closed.size >= 25, 5000);
    await sleep(200);
    expect(closed.size).toBe(25);
    expect((await ask(server)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});
