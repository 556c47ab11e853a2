import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { checkLog } from '../../scripts/doctor/prediction-log.js';
import { ledgerLogins } from '../../scripts/servers/ledger-logins.js';
import { verb } from '../../scripts/verbs/logs.js';
import { LogStatus, ShippedAgain } from '../../server/supervisor/log-status.js';
import { ask, createDatabase } from './ledger-database.js';
import { newPlace, type Place, type RunningServer, startModelServer, token, until } from './model-server-process.js';

let databaseUrl: string;
let place: Place;
let server: RunningServer;

beforeAll(async () => {
  databaseUrl = await createDatabase('set_aside');
  await migrate(databaseUrl);
  place = newPlace();
  await openBlobStore(place.blobUrl, {}, async () => true).put(Buffer.from('a worker was here before'));
  server = await startModelServer(place, { DATABASE_URL: (await ledgerLogins(databaseUrl)).modelServer });
  const settings = { DATABASE_URL: databaseUrl, BLOB_URL: place.blobUrl, MODEL_SERVER_TOKEN: token };
  for (const [name, value] of Object.entries({ ...settings, MODEL_SERVER_ADDRESS: server.control }))
    vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop('SIGKILL');
  place?.remove();
});

/** What the verb prints. */
async function logs(...positionals: string[]): Promise<string> {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  const values = positionals.length > 0 ? { refused: true } : {};
  expect(await verb.run({ positionals, values, json: true })).toBe(0);
  const [line] = printed.mock.calls.at(-1) ?? [];
  printed.mockRestore();
  return String(line);
}

const Servers = <S extends z.ZodType>(answer: S) => z.object({ servers: z.array(answer) });
async function status(): Promise<LogStatus> {
  const [only] = Servers(LogStatus).parse(JSON.parse(await logs())).servers;
  if (only === undefined) throw new Error('no server answered');
  return only;
}
const metric = async (name: string) =>
  new RegExp(`^${name}.* (\\d+)$`, 'm').exec(await (await fetch(`${server.public}/metrics`)).text())?.[1];

it('what is wrong in itself is shown, counted, and shipped again when somebody says so', async () => {
  expect((await status()).outcomes).toEqual({ pendingSegments: 0, trouble: null, setAside: [] });
  const good = {
    predictionId: null,
    model: 'm',
    environment: null,
    requestId: 'r1',
    row: null,
    outcome: 1,
    knownAt: null,
    by: 'billing',
    at: '2001-04-19T06:00:00.000Z',
  };
  const lines = [good, { ...good, requestId: 'r2', knownAt: '0000-01-01' }].map((line) => JSON.stringify(line));
  const folder = join(place.folder, 'work', 'model-server', 'outcomes');
  writeFileSync(join(folder, 'outcomes~another~00000001.0.jsonl'), `${lines.join('\n')}\n`);
  const found = await until(async () => {
    const { outcomes } = await status();
    return outcomes.setAside.length > 0 && outcomes;
  }, 10_000);
  expect(found).toMatchObject({ pendingSegments: 0, trouble: null, setAside: [{ rows: 1 }] });
  expect((await ask(databaseUrl, 'select request_id from mlops.outcome')).rows).toEqual([{ request_id: 'r1' }]);
  expect(checkLog(await status())).toMatchObject([
    { name: 'prediction log', ok: true },
    { name: 'outcomes log', ok: false, found: expect.stringMatching(/^1 outcomes set aside: /) },
  ]);
  expect(await until(() => metric('model_server_outcomes_refused_total'), 5000)).toBe('1');
  expect(await metric('model_server_log_set_aside_files\\{log="outcomes"\\}')).toBe('1');
  const { servers } = Servers(ShippedAgain).parse(JSON.parse(await logs('ship')));
  expect(servers[0]).toMatchObject({
    predictions: [],
    outcomes: [{ rows: 1 }],
  });
  await until(async () => (await metric('model_server_outcomes_refused_total')) === '2', 10_000);
  expect((await status()).outcomes.setAside).toMatchObject([{ rows: 1 }]);
});
