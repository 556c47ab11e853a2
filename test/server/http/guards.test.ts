import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendError } from '../../../server/api/public-reply.js';
import { doubledHeader, refuseDoubledHeaders } from '../../../server/http/doubled-headers.js';
import { loopbackNames, refuseForeignPages } from '../../../server/http/own-pages-only.js';
import { parseBody } from '../../../server/http/parse-body.js';

let app: FastifyInstance;
beforeEach(() => {
  app = Fastify();
  refuseDoubledHeaders(app);
  refuseForeignPages(app, loopbackNames);
  parseBody(app);
  app.setErrorHandler(sendError);
  app.all('/', (request) => ({ body: request.body ?? null }));
});
afterEach(() => app.close());

const host = '127.0.0.1:8080';
const json = { 'content-type': 'application/json' };

describe('who asks', () => {
  const ask = (method: 'GET' | 'POST', headers: Record<string, string>) =>
    app.inject({
      method,
      url: '/',
      headers: { host, ...json, ...headers },
      ...(method === 'POST' ? { payload: '{}' } : {}),
    });

  it.each<[string, 'GET' | 'POST', Record<string, string>, number]>([
    ['a program', 'POST', {}, 200],
    ['our own page', 'POST', { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, 200],
    ['a page of another site', 'POST', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['a page that hides its origin', 'POST', { origin: 'null' }, 403],
    ['a page of another port of this machine', 'POST', { origin: 'http://127.0.0.1:3000' }, 403],
    ['an origin that only begins like ours', 'POST', { origin: `http://${host}.evil.example` }, 403],
    ['a browser of a sister site', 'POST', { 'sec-fetch-site': 'same-site' }, 403],
    ['an image of another site', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a link from another site', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['a form of another site', 'POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403],
    ['an address that was typed', 'GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
    ['who rebinds his own name to us', 'GET', { host: 'evil.example' }, 403],
    ['localhost', 'GET', { host: 'localhost:8080' }, 200],
    ['localhost in large letters', 'GET', { host: 'LOCALHOST:8080', origin: 'http://localhost:8080' }, 200],
    ['IPv6', 'GET', { host: '[::1]:8080' }, 200],
  ])('is %s: %s', async (_, method, headers, status) => {
    expect((await ask(method, headers)).statusCode).toBe(status);
  });

  it('may be anybody by any name where no names are given', async () => {
    const open = Fastify();
    refuseForeignPages(open, null);
    open.get('/', () => 'ok');
    expect((await open.inject({ url: '/', headers: { host: 'ml.example.com' } })).statusCode).toBe(200);
    await open.close();
  });
});

describe('what is sent', () => {
  const send = (payload: string | Buffer, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/', headers: { host, ...headers }, payload });

  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['JSON', '{"a":1}', json, 200],
    ['JSON with its charset', '{"a":"é"}', { 'content-type': 'application/json; charset=utf-8' }, 200],
    ['JSON that does not say so, as any page can send it', '{"a":1}', {}, 415],
    ['JSON that says it is text', '{"a":1}', { 'content-type': 'text/plain' }, 415],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), json, 400],
    ['half a character', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3]), Buffer.from('"}')]), json, 400],
    ['NaN', '{"a":NaN}', json, 400],
  ])('is %s', async (_, payload, headers, status) => {
    expect((await send(payload, headers)).statusCode).toBe(status);
  });
});

describe('a header', () => {
  it.each<[string[], string | null]>([
    [['Host', 'a', 'Accept', '*'], null],
    [['Host', 'a', 'host', 'b'], 'host'],
    [['Authorization', 'Bearer a', 'Accept', '*', 'AUTHORIZATION', 'Bearer b'], 'authorization'],
    [['Content-Length', '1', 'content-length', '1'], 'content-length'],
    [['Cookie', 'a', 'Cookie', 'b'], null],
  ])('of %j comes twice: %s', (raw, doubled) => {
    expect(doubledHeader(raw)).toBe(doubled);
  });
});
