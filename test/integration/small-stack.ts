import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { LifecycleClient } from '../../client.js';
import type * as Mlops from '../../index.js';
import type { LifecycleStatus } from '../../schemas/index.js';
import { trips, writeTrips } from '../../scripts/bench/small-model.js';
import { withStores } from '../../scripts/cli/connect.js';
import { verifyLedger } from '../../scripts/cli/verify-ledger.js';
import { type Stack, startStack } from '../../scripts/servers/stack.js';
import { findTemporalCli } from '../../scripts/servers/temporal-cli.js';

const run = promisify(execFile);

/** What users import; from dist, because the sandbox and Node load its data converter by path. */
export const packageOf = (name = 'temporal-mlops') => import(name) as Promise<typeof Mlops>;

export type SmallStack = Awaited<ReturnType<typeof openSmallStack>>;

/** A real stack of its own for a test file, small source files, and the Temporal CLI as a person would use it. */
export async function openSmallStack(environment: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'mlops-small-'));
  chmodSync(directory, 0o755);
  const sources = join(directory, 'sources');
  mkdirSync(sources);
  const stack = await startStack({
    directory,
    ui: false,
    durable: false,
    environment: { MLOPS_SOURCE_DIRECTORIES: sources, MODEL_SERVER_LOG_ROTATE_MS: '200', ...environment },
  });
  const files = { first: join(sources, 'first.csv'), later: join(sources, 'later.csv') };
  writeTrips(files.first, trips(1200));
  writeTrips(files.later, trips(1800));
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const { dataConverter } = await packageOf();
  const client = new Client({ connection, dataConverter: dataConverter() });
  const cli = await findTemporalCli({ log: () => {} });
  const pool = new pg.Pool({ connectionString: stack.environment['DATABASE_URL'], max: 2 });
  pool.on('error', () => {}); // a test may kill Postgres: the next question says so
  const stop = async () => {
    await pool.end();
    await connection.close();
    await stack.stop();
    if (process.env['MLOPS_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
  };
  return {
    stack,
    directory,
    sources,
    files,
    client,
    connection,
    stop,
    ...commands(cli, stack.environment),
    ...requests(stack),
    life: (model: string) => new LifecycleClient(client, model),
    rows: async (sql: string, values: unknown[] = []) =>
      (await pool.query(sql, values)).rows as Record<string, unknown>[],
    verify: () => withStores((stores) => verifyLedger(stores, { depth: 'full' }), stack.environment),
    logOf: (name: string) => readFileSync(join(directory, 'logs', `${name}.log`), 'utf8'),
  };
}

function commands(cli: string, environment: Record<string, string>) {
  const env = { ...process.env, ...environment, PATH: `${dirname(cli)}${delimiter}${process.env['PATH'] ?? ''}` };
  const temporal = async (...args: string[]): Promise<string> => (await run(cli, args, { env })).stdout;
  const starting = (command: string, type: string, id: string, input: unknown) =>
    temporal(
      'workflow',
      command,
      '--task-queue',
      'mlops',
      '--type',
      type,
      '-w',
      id,
      '-i',
      JSON.stringify(input),
      '-o',
      'json',
    );
  return {
    temporal,
    /** one line as a person pastes it into a shell */
    shell: async (line: string): Promise<string> => (await run('sh', ['-c', line], { env })).stdout,
    start: (type: string, id: string, input: unknown) => starting('start', type, id, input),
    signal: (id: string, name: string, body: unknown) =>
      temporal('workflow', 'signal', '-w', id, '--name', name, '-i', JSON.stringify(body)),
    update: async (id: string, name: string, body: unknown): Promise<unknown> =>
      JSON.parse(
        await temporal(
          'workflow',
          'update',
          'execute',
          '-w',
          id,
          '--name',
          name,
          '-i',
          JSON.stringify(body),
          '-o',
          'json',
        ),
      ),
    /** the workflow's current details, as its UI page shows them */
    details: async (id: string): Promise<string> =>
      JSON.parse(await temporal('workflow', 'metadata', '-w', id, '-o', 'json')).queryResult[0].currentDetails,
  };
}

interface Answer {
  readonly status: number;
  readonly version: number;
  readonly body: Record<string, unknown>;
}

function requests({ serverUrl }: Stack) {
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${serverUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const version = Number(response.headers.get('x-model-version'));
    return { status: response.status, version, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    post,
    ask: (model: string, row: object, requestId = `r-${Math.random()}`) =>
      post(`/models/${model}/invocations`, { dataframe_records: [row] }, { 'x-request-id': requestId }),
  };
}

/** The status that is waited for; a plan that stops meanwhile is an error with its reason. */
export async function statusWhen(
  life: LifecycleClient,
  isReached: (status: LifecycleStatus) => unknown,
): Promise<LifecycleStatus> {
  const status = await until(async () => {
    const seen = await life.status({ timeoutMs: 1000 });
    return isReached(seen) || seen.stage === 'stopped' ? seen : null;
  });
  if (isReached(status)) return status;
  throw new Error(`the plan stopped: ${status.problem ?? ''}`);
}

/** The first value that is neither undefined, null nor false. */
export async function until<T>(what: () => Promise<T> | T, withinMs = 60_000): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await what();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await sleep(50);
  }
}
