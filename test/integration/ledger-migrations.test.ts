import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import { openPool } from '../../activities/stores/postgres/pool.js';
import { ask, createDatabase } from './ledger-database.js';
import { datasetFact, predictions, segmentOf } from './ledger-facts.js';

let databaseUrl: string;
let admin: Pool;

beforeAll(async () => {
  databaseUrl = await createDatabase('ledger_migrated');
  admin = new Pool({ connectionString: databaseUrl });
  await migrate(databaseUrl);
});
afterAll(async () => {
  await admin.end();
});

describe('migrating', () => {
  it('is safe when two processes start it at once, and does nothing the second time', async () => {
    const url = await createDatabase('ledger_twice');
    const both = await Promise.all([migrate(url), migrate(url)]);
    const applied = both.map((migrated) => migrated.applied.length).sort((a, b) => a - b);
    expect(applied[0]).toBe(0);
    expect(applied[1]).toBeGreaterThan(0);
    expect(await migrate(url)).toEqual({ applied: [], writerRole: 'mlops_writer', advice: null });
  });

  it('refuses a file that was changed after it had been applied', async () => {
    const url = await createDatabase('ledger_edited');
    await migrate(url);
    await ask(url, `update mlops.migration set sha256 = 'other' where name = '0001_facts.sql'`);
    const edited = { type: 'CONFIGURATION_INVALID', message: expect.stringContaining('0001_facts.sql') };
    await expect(migrate(url)).rejects.toMatchObject(edited);
  });

  it('makes one ledger per schema, each with its own chain and role', async () => {
    await Promise.all([migrate(databaseUrl, 'tenant_a'), migrate(databaseUrl, 'tenant-B')]);
    const [a, b] = await Promise.all(['tenant_a', 'tenant-B'].map((schema) => openStores({ databaseUrl, schema })));
    expect((await a?.ledger.append(datasetFact('flights', 'x')))?.seq).toBe(1);
    expect((await b?.ledger.append(datasetFact('flights', 'x')))?.seq).toBe(1);
    expect(await b?.ledger.verify()).toMatchObject({ facts: 1, faults: [] });
    await b?.predictions.appendSegment(segmentOf('one'), predictions('late', 1, { prefix: 'p' }));
    expect(await b?.ledger.verify({ schema: true })).toMatchObject({ facts: 2, faults: [] });
    await Promise.all([a?.close(), b?.close()]);
  });

  it('works for a user who may not create roles, and advises what an administrator should do', async () => {
    const url = await createDatabase('ledger_plain');
    await ask(
      url,
      `create role plain_user login password 'plain'; grant create on database ledger_plain to plain_user`,
    );
    const plain = new URL(url);
    plain.username = 'plain_user';
    plain.password = 'plain';
    const migrated = await migrate(plain.href, 'plain');
    expect(migrated).toMatchObject({
      writerRole: null,
      advice: expect.stringContaining('create role "plain_writer" nologin'),
    });
    const degraded = await openStores({ databaseUrl: plain.href, schema: 'plain' });
    await degraded.ledger.append(datasetFact('flights', 'x'));
    await expect(ask(plain.href, 'delete from plain.fact')).rejects.toMatchObject({ code: 'ML002' });
    expect((await degraded.ledger.verify()).faults).toEqual([]);
    await degraded.close();
    await ask(
      url,
      'create role plain_writer nologin; create role plain_server nologin; grant plain_writer to plain_user',
    );
    expect(await migrate(plain.href, 'plain')).toMatchObject({ writerRole: 'plain_writer', advice: null });
  });

  it('is asked for where it has not been done', async () => {
    const url = await createDatabase('ledger_empty');
    const remedy = { type: 'CONFIGURATION_INVALID', message: expect.stringContaining('npx temporal-mlops migrate') };
    await expect(openStores({ databaseUrl: url })).rejects.toMatchObject(remedy);
  });

  it('lets everyone with the DATABASE_URL read the views by their plain names', async () => {
    for (const [view, columns] of Object.entries(documentedViews)) {
      const { fields } = await admin.query(`select * from ${view} limit 0`);
      expect([view, fields.map((field) => field.name).join(', ')]).toEqual([view, columns]);
    }
  });
});

describe('the insert-only role', () => {
  beforeAll(async () => {
    const stores = await openStores({ databaseUrl });
    await stores.ledger.append(datasetFact('flights', 'x', { from: 'source:flights' }));
    await stores.close();
  });

  it('is what every connection of the ledger works as', async () => {
    const pool = openPool({ databaseUrl });
    const { rows } = await pool.query('select current_user, session_user');
    expect(rows).toEqual([{ current_user: 'mlops_writer', session_user: 'postgres' }]);
    await pool.end();
  });

  const attempts = [
    'update fact set body = body',
    'delete from fact',
    'truncate fact cascade',
    `insert into fact (seq, key, kind, workflow_id, step, digest, body, artifacts, edges, prev_hash, hash) values (99, 'k', 'k', 'w', 's', 'd', '{}', '[]', '[]', '', '')`,
    `update chain_head set seq = 0`,
    `insert into approval select * from approval`,
    'delete from run',
    'delete from prediction',
    'alter table fact disable trigger all',
    'drop table outcome',
    `update fleet set stage = 'serving'`,
    'delete from fleet',
    'set session_replication_role = replica',
    `insert into outcome (batch, place, model, request_id, outcome, recorded_by, recorded_at) values ('', 0, 'm', 'r', 1, 'eve', now())`,
    'delete from outcome',
    'delete from prediction_request',
    `insert into retirement values (now(), 'eve', 'no trace', 1)`,
  ];
  it.each(attempts)('may not: %s', async (sql) => {
    const client = await admin.connect();
    await client.query('set role mlops_writer; set search_path to mlops');
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    client.release(true);
  });

  it('is backed by triggers that hold the owner back', async () => {
    for (const table of [
      'fact',
      'approval',
      'dataset_version',
      'prediction',
      'prediction_request',
      'outcome',
      'lineage_edge',
    ]) {
      await expect(admin.query(`truncate mlops.${table} cascade`)).rejects.toMatchObject({ code: 'ML002' });
    }
    await expect(admin.query('update mlops.fact set body = body')).rejects.toMatchObject({ code: 'ML002' });
    await expect(admin.query('delete from mlops.dataset_version')).rejects.toMatchObject({ code: 'ML002' });
    await expect(admin.query('update mlops.chain_head set seq = 0')).rejects.toMatchObject({ code: 'ML001' });
    const forged = `insert into mlops.fact select seq + 1, key || 'x', kind, workflow_id, step, digest, body, artifacts, edges, hash, hash, recorded_at from mlops.fact order by seq desc limit 1`;
    await expect(admin.query(forged)).rejects.toMatchObject({ code: 'ML001' });
  });
});

const documentedViews = {
  v_lineage: 'workflow_id, step, kind, digest, recorded_at',
  v_lineage_edge: 'from_digest, to_digest, relation',
  v_artifact: 'digest, uri, size_bytes, kind',
  v_dataset_version: 'dataset, version, digest, rows',
  v_run: 'run_id, model, trainer, status, started_at',
  v_metric: 'run_id, name, value, step, split',
  v_model_version: 'model, version, digest, run_id, dataset_digest',
  v_approval: 'model, version, environment, decision, decided_by, decided_at, proven_by',
  v_deployment: 'model, environment, version, digest, current, generation, since, until',
  v_prediction_log: 'prediction_id, request_id, environment, model, version, digest, at',
  v_outcome: 'prediction_id, request_id, environment, model, outcome, known_at, recorded_by, recorded_at, state',
  v_fleet:
    'model, environment, version, verdict, verdict_since, waits_for, waits_since, owner, stage, paused, candidate, problem, told_at, updated_at, place, quality, predictions, data_until',
};
