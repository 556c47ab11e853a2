import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import { type LedgerLogins, ledgerLogins } from '../../scripts/servers/ledger-logins.js';
import { createDatabase } from './ledger-database.js';
import { batchOf, datasetFact, predictions, segmentOf } from './ledger-facts.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-logins-'));
let superuser: string;
let logins: LedgerLogins;

beforeAll(async () => {
  superuser = await createDatabase('ledger_logins');
  logins = await ledgerLogins(superuser);
  await migrate(logins.owner, { logins: [new URL(logins.worker).username] });
});

async function as<T>(url: string, act: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    return await act(pool);
  } finally {
    await pool.end();
  }
}

describe("the worker's login", () => {
  it('appends, reads and verifies', async () => {
    const stores = await openStores({ databaseUrl: logins.worker, login: 'refuse' });
    await stores.ledger.append(datasetFact('d', 'a'));
    await stores.predictions.appendSegment(segmentOf('worker'), predictions('m', 3, { prefix: 'w' }));
    expect(await stores.ledger.verify({ schema: true })).toMatchObject({ facts: 2, faults: [] });
    await stores.close();
  });

  it('reads the views by their plain names, and nobody else who uses the database has them in his way', async () => {
    await as(logins.worker, (pool) => pool.query('select * from v_lineage'));
    const path = await as(superuser, async (pool) => (await pool.query('show search_path')).rows[0]);
    expect(path).toEqual({ search_path: '"$user", public' });
  });

  it.each([
    'reset role; alter table mlops.fact disable trigger all',
    'set role mlops_owner',
    'set session_replication_role = replica',
    'reset role; create or replace function mlops.guard_fact() returns trigger language plpgsql as $$ begin return new; end $$',
    'reset role; drop table mlops.fact cascade',
    'reset role; update mlops.fact set body = body',
    'reset role; create table mlops.mine ()',
    'reset role; drop database ledger_logins',
  ])('may not: %s', async (sql) => {
    await as(logins.worker, (pool) =>
      expect(pool.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|25001)$/) }),
    );
  });
});

describe("the model server's login", () => {
  const server = () => openStores({ databaseUrl: logins.modelServer, as: 'server', login: 'refuse' });

  it('appends segments and outcomes', async () => {
    const stores = await server();
    expect(await stores.predictions.appendSegment(segmentOf('s'), predictions('m', 3, { prefix: 's' }))).toMatchObject({
      isNew: true,
    });
    const batch = batchOf([{ model: 'm', requestId: 's-1' }]);
    expect(await stores.predictions.matches(batch.outcomes)).toEqual(['recorded']);
    await stores.predictions.recordOutcomes(batch, { workflowId: 'model-server', step: 'outcomes' });
    expect(await stores.predictions.matches(batch.outcomes)).toEqual(['supersedes']);
    await stores.close();
  });

  it('may not append a fact, nor read one', async () => {
    const stores = await server();
    const lacks = { type: 'CONFIGURATION_INVALID', message: expect.stringContaining('permission denied') };
    await expect(stores.ledger.append(datasetFact('d', 'b'))).rejects.toMatchObject(lacks);
    await expect(stores.ledger.since(0)).rejects.toMatchObject(lacks);
    await stores.close();
  });

  it('may not append a fact in the shape of a segment', async () => {
    const forged = {
      key: 'approval/m/1',
      kind: 'approval',
      workflowId: 'w',
      step: 's',
      digest: null,
      body: '{}',
      artifacts: '[]',
      edges: '[]',
    };
    const append = (pool: Pool) => pool.query(`select mlops.append_segment($1, '[]')`, [JSON.stringify(forged)]);
    await expect(as(logins.modelServer, append)).rejects.toMatchObject({ code: 'ML004' });
  });

  it.each([
    'set role mlops_writer',
    `select mlops.append_fact('{}')`,
    'update mlops.prediction set model = model',
    'delete from mlops.outcome',
  ])('may not: %s', async (sql) => {
    await expect(as(logins.modelServer, (pool) => pool.query(sql))).rejects.toMatchObject({ code: '42501' });
  });
});

describe('in production a login', () => {
  it.each([
    ['that owns the ledger', () => logins.owner, /"mlops_owner", who owns the database, the schema mlops/],
    ['of a superuser', () => superuser, /"postgres", who is a superuser/],
  ])('%s is refused, and told what to do', async (_, url, why) => {
    const refused = openStores({ databaseUrl: url(), login: 'refuse' });
    await expect(refused).rejects.toMatchObject({ type: 'CONFIGURATION_INVALID', message: expect.stringMatching(why) });
    await expect(refused).rejects.toThrow(/grant "mlops_writer" to <login>.*MLOPS_MIGRATION_URL/s);
  });

  it('that may write everywhere is refused, though it owns nothing', async () => {
    const make = `create role broad login password 'broad'; grant mlops_writer, pg_write_all_data to broad`;
    await as(superuser, (pool) => pool.query(make));
    const url = new URL(superuser);
    [url.username, url.password] = ['broad', 'broad'];
    const refused = openStores({ databaseUrl: url.href, login: 'refuse' });
    await expect(refused).rejects.toThrow(/"broad", who has pg_write_all_data, and so could change/);
    await as(superuser, (pool) => pool.query(`grant pg_write_all_data to mlops_writer`));
    const writer = await openStores({ databaseUrl: superuser });
    const what = 'the role mlops_writer may do more than append: it is one that may write everywhere';
    expect((await writer.ledger.verify({ schema: true })).faults).toEqual([{ what, seq: null }]);
    await writer.close();
    await as(superuser, (pool) => pool.query('revoke pg_write_all_data from mlops_writer; drop role broad'));
  });

  it('without a role of the ledger is refused, where it would work with its own rights', async () => {
    await as(superuser, (pool) => pool.query(`create role lonely login password 'lonely'`));
    const url = new URL(superuser);
    [url.username, url.password] = ['lonely', 'lonely'];
    const refused = openStores({ databaseUrl: url.href, login: 'refuse' });
    await expect(refused).rejects.toThrow(/"lonely", who may take none of the ledger's roles/);
  });
});

describe('a process of ours', () => {
  const environment = (databaseUrl: string) => ({
    PATH: process.env['PATH'] ?? '',
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inject('temporalNamespace'),
    DATABASE_URL: databaseUrl,
    BLOB_URL: pathToFileURL(folder).href,
    MLOPS_WORK_DIRECTORY: folder,
    MODEL_SERVER_ADDRESS: 'http://127.0.0.1:9',
    MODEL_SERVER_TOKEN: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    MODEL_SERVER_API_TOKEN: 'f0e1d2c3b4a5968778695a4b3c2d1e0f',
    MLOPS_PROFILE: 'production',
  });

  it.each(['worker', 'model-server'])(
    '(%s) does not start in production where it would own the ledger',
    async (entry) => {
      const args = [fileURLToPath(new URL(`../../dist/workers/${entry}.js`, import.meta.url))];
      const ended = promisify(execFile)(process.execPath, args, { env: environment(logins.owner), timeout: 60_000 });
      const refused = /DATABASE_URL logs in as "mlops_owner", who owns the database/;
      await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(refused) });
    },
  );
});

describe('migrating', () => {
  it('by who owns nothing does nothing where nothing is to be done', async () => {
    expect(await migrate(logins.worker)).toEqual({ applied: [], writerRole: 'mlops_writer', advice: null });
  });

  it("gives the writer's role to the login that is named, where the owner may", async () => {
    const url = await createDatabase('ledger_given');
    await as(url, (pool) => pool.query(`create role given_worker login password 'x'`));
    expect(await migrate(url, { schema: 'given', logins: ['given_worker'] })).toMatchObject({
      writerRole: 'given_writer',
    });
    const { rows } = await as(url, (pool) =>
      pool.query(`select pg_has_role('given_worker', 'given_writer', 'member') as member`),
    );
    expect(rows).toEqual([{ member: true }]);
  });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await as(inject('databaseUrl'), (pool) => pool.query('drop role if exists lonely'));
});
