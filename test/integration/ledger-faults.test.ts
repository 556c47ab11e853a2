import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import { startPostgres } from '../../scripts/servers/postgres-server.js';
import { startTcpFaultProxy } from '../tcp-fault-proxy.js';
import { ask, createDatabase } from './ledger-database.js';
import {
  approvalFact,
  changeFact,
  datasetFact,
  decisionFact,
  digestOf,
  measuredRunFact,
  modelVersionFact,
  runFact,
} from './ledger-facts.js';

let databaseUrl: string;
let admin: Pool;

beforeAll(async () => {
  databaseUrl = await createDatabase('ledger_faults');
  admin = new Pool({ connectionString: databaseUrl });
  await migrate(databaseUrl);
});
afterAll(async () => {
  await admin.end();
});

/** All that a new kind of fact needs in the database. */
const visitMigration = `
  create table visit (visitor text not null, seq bigint primary key references fact);
  create trigger append_only before update or delete or truncate on visit for each statement execute function refuse_change();
  create view expected_visit as
  select body::jsonb ->> 'by' as visitor, seq from fact where kind = 'visit';
  call project_kind('visit', 'visit');`;

describe('verifying', () => {
  const tampering = [
    [
      'a changed body',
      `update fact set body = replace(body, '"rows":100', '"rows":101') where seq = 2`,
      /fact 2 \(datasetVersion, .*was changed/,
    ],
    [
      'a missing fact',
      'delete from dataset_version where seq = 2; delete from artifact where seq = 2; delete from lineage_edge where seq = 2; delete from fact where seq = 2',
      /facts 2 to 2 are missing/,
    ],
    [
      'a cut end',
      'delete from dataset_version where seq = 3; delete from artifact where seq = 3; delete from lineage_edge where seq = 3; delete from fact where seq = 3',
      /the chain ends at fact 2, and its recorded end is 3/,
    ],
    [
      'a changed time',
      `update fact set recorded_at = recorded_at - interval '1 hour' where seq = 1`,
      /fact 1 .* was changed/,
    ],
    [
      'a changed projection',
      `update dataset_version set version = 7 where seq = 2`,
      /a row of dataset_version that a fact calls for is missing/,
    ],
    ['an invented projection', `insert into best_run values ('m', 'r', 1)`, /a row of best_run was not called for/],
    [
      'a missing edge',
      'delete from lineage_edge where seq = 3',
      /a row of lineage_edge that a fact calls for is missing/,
    ],
    [
      'an invented outcome',
      `insert into outcome (batch, place, model, request_id, outcome, recorded_by, recorded_at) values ('', 0, 'm', 'r', 1, 'eve', now())`,
      /the outcome of "r" belongs to no fact/,
    ],
  ] as const;

  it.each(tampering)('finds %s', async (name, sql, fault) => {
    const schema = `tampered ${name}`;
    await migrate(databaseUrl, schema);
    const tampered = await openStores({ databaseUrl, schema, poolSize: 1 });
    await tampered.ledger.appendAll(
      ['a', 'b', 'c'].map((content) => datasetFact('d', content, { from: `source:${content}` })),
    );
    expect(await tampered.ledger.verify({ schema: true })).toMatchObject({ facts: 3, faults: [] });
    const client = await admin.connect();
    await client.query(`set session_replication_role = replica; set search_path to "${schema}"; ${sql}`);
    client.release(true);
    const { faults } = await tampered.ledger.verify();
    expect(faults[0]?.what).toMatch(fault);
    expect(await tampered.ledger.verify({ limit: 1 })).toMatchObject({ faults: [faults[0]] });
    await tampered.close();
  });

  it('finds a changed metric', async () => {
    await migrate(databaseUrl, 'better');
    const better = await openStores({ databaseUrl, schema: 'better', poolSize: 1 });
    const point = { split: 'train' as const, name: 'loss', step: 3, value: 0.5 };
    await better.ledger.append(
      measuredRunFact('r1', { test: { 'f1.macro': 0.5 }, validation: { recall: null }, curve: [point] }),
    );
    expect(await better.ledger.verify()).toMatchObject({ facts: 1, faults: [] });
    const client = await admin.connect();
    await client.query('set session_replication_role = replica; set search_path to better');
    for (const name of ['f1.macro', 'recall', 'loss']) {
      await client.query('update metric set value = coalesce(value, 0) + 0.25 where name = $1', [name]);
      expect((await better.ledger.verify()).faults.map(({ what }) => what).toSorted()).toEqual([
        'a row of metric that a fact calls for is missing',
        'a row of metric was not called for by its fact',
      ]);
      const undone = { 'f1.macro': 0.5, recall: null, loss: 0.5 }[name];
      await client.query('update metric set value = $2 where name = $1', [name, undone]);
    }
    client.release(true);
    await better.close();
  });

  it('finds a damaged row of a kind of fact that came with a migration of its own, and of no list', async () => {
    const schema = 'with another kind';
    await migrate(databaseUrl, schema);
    const client = await admin.connect();
    await client.query(`set search_path to "${schema}"; ${visitMigration}`);
    await migrate(databaseUrl, schema);
    const visited = await openStores({ databaseUrl, schema, poolSize: 1 });
    const fact = { kind: 'visit', key: 'visit/1', body: '{"by":"ana"}', artifacts: '[]', edges: '[]' };
    await client.query('select append_fact($1)', [{ ...fact, workflowId: 'w', step: 's', digest: null }]);
    expect(await visited.ledger.verify()).toMatchObject({ facts: 1, faults: [] });
    await client.query(`set session_replication_role = replica; update visit set visitor = 'eve'`);
    expect((await visited.ledger.verify()).faults).toEqual([
      { what: 'a row of visit that a fact calls for is missing', seq: 1 },
      { what: 'a row of visit was not called for by its fact', seq: 1 },
    ]);
    await client.query('drop table visit');
    expect((await visited.ledger.verify()).faults).toEqual([{ what: 'the table visit is missing', seq: null }]);
    await client.query('drop view expected_visit');
    expect((await visited.ledger.verify()).faults).toEqual([{ what: 'the table visit is missing', seq: null }]);
    client.release(true);
    await visited.close();
  });

  it('finds that a view is gone which says what the rows of a table should be, or all of them', async () => {
    const schema = 'without views';
    await migrate(databaseUrl, schema);
    const blind = await openStores({ databaseUrl, schema, poolSize: 1 });
    await blind.ledger.append(datasetFact('d', 'a'));
    expect((await blind.ledger.verify()).faults).toEqual([]);
    const client = await admin.connect();
    await client.query(`set search_path to "${schema}"; drop view expected_best_run`);
    const what = 'the view expected_best_run is missing: nothing says what the rows of best_run should be';
    expect((await blind.ledger.verify()).faults).toEqual([{ what, seq: null }]);
    const { rows } = await client.query<{ view: string }>(
      `select relname as view from pg_class where relnamespace = quote_ident(current_schema())::regnamespace and relname like 'expected%'`,
    );
    for (const { view } of rows) await client.query(`drop view if exists ${view} cascade`);
    client.release(true);
    const all = (await blind.ledger.verify({ limit: 100 })).faults;
    expect(all).toHaveLength(rows.length + 1);
    expect(all.every((fault) => /^the view expected_\w+ is missing/.test(fault.what))).toBe(true);
    await blind.close();
  });

  it('compares every table that facts are projected into', async () => {
    const { rows } = await admin.query(
      `select c.relname as table from pg_class as c join pg_attribute as a on a.attrelid = c.oid
       where c.relnamespace = 'mlops'::regnamespace and c.relkind = 'r' and a.attname = 'seq'
         and c.relname not in ('fact', 'chain_head') and not exists (
           select from pg_class as v where v.relnamespace = c.relnamespace and v.relkind = 'v'
             and v.relname = 'expected_' || c.relname)`,
    );
    expect(rows).toEqual([]);
  });

  const rollout = { model: 'm', version: 1, runId: 'r1', generation: 1 };
  const packaged = [
    runFact('m', 'r1', { name: 'd', digest: digestOf('d') }),
    modelVersionFact('m', 'r1', digestOf('d')),
  ];

  it.each(['candidate', 'promoted', 'rolledBack', 'aborted', 'adopted'])(
    'finds a version that came to serve as "%s" without an approval or an earlier promotion',
    async (change) => {
      const schema = `unapproved ${change}`;
      await migrate(databaseUrl, schema);
      const unapproved = await openStores({ databaseUrl, schema });
      await unapproved.ledger.appendAll([...packaged, changeFact(change, rollout)]);
      const what = `version 1 of m came to production (${change}) without an approval`;
      expect((await unapproved.ledger.verify()).faults).toEqual([{ what, seq: 3 }]);
      await unapproved.close();
    },
  );

  it('lets a rollback bring back what was let in before, and only there and with those bytes', async () => {
    await migrate(databaseUrl, 'let in');
    const approved = await openStores({ databaseUrl, schema: 'let in' });
    const given = [approvalFact(rollout), decisionFact(rollout), changeFact('promoted', rollout)];
    await approved.ledger.appendAll([...packaged, ...given, changeFact('rolledBack', { ...rollout, generation: 2 })]);
    expect((await approved.ledger.verify()).faults).toEqual([]);
    const elsewhere = changeFact('rolledBack', { ...rollout, generation: 3 });
    await approved.ledger.append({
      ...elsewhere,
      body: { ...elsewhere.body, environment: 'staging' },
    } as typeof elsewhere);
    const what = 'version 1 of m came to staging (rolledBack) without an approval';
    expect((await approved.ledger.verify()).faults).toEqual([{ what, seq: 7 }]);
    await approved.close();
  });

  it('finds a gate that opened without as many people as it asks for, one person in other letters among them', async () => {
    await migrate(databaseUrl, 'too few');
    const few = await openStores({ databaseUrl, schema: 'too few' });
    const [approval, decision] = [approvalFact(rollout), decisionFact(rollout)];
    const again = {
      ...approval,
      key: `${approval.key}/again`,
      body: { ...approval.body, decidedBy: ' ANA@example.com' },
    } as typeof approval;
    const ofTwo = {
      ...decision,
      body: { ...decision.body, quorum: 2, decidedBy: ['ana@example.com', ' ANA@example.com'] },
    } as typeof decision;
    await few.ledger.appendAll([...packaged, approval, again, ofTwo]);
    const what = 'the gate deploy of m was decided without 2 approval(s) of version 1';
    expect((await few.ledger.verify()).faults).toEqual([{ what, seq: 5 }]);
    await few.close();
  });

  it('finds an approval, a decision and a change of bytes that never were that version', async () => {
    await migrate(databaseUrl, 'other bytes');
    const other = await openStores({ databaseUrl, schema: 'other bytes' });
    const forged = { ...rollout, runId: 'r9' };
    const given = [approvalFact(forged), decisionFact(forged), changeFact('promoted', forged)];
    await other.ledger.appendAll([...packaged, ...given]);
    const what = (seq: number, kind: string) =>
      `fact ${seq} (${kind}) is about version 1 of m with bytes that are not that version's`;
    expect((await other.ledger.verify()).faults).toEqual([
      { what: what(3, 'approval'), seq: 3 },
      { what: what(4, 'gateDecision'), seq: 4 },
      { what: what(5, 'endpointChange'), seq: 5 },
    ]);
    await other.close();
  });
});

describe('a Postgres that fails', () => {
  const away = { type: 'LEDGER_UNAVAILABLE', nonRetryable: false };

  it('is told from a wrong DATABASE_URL', async () => {
    const nowhere = await openStores({ databaseUrl: 'postgres://u:p@127.0.0.1:1/mlops' });
    await expect(nowhere.registry.run('r')).rejects.toMatchObject(away);
    await nowhere.close();
    const wrong = new URL(databaseUrl);
    wrong.password = 'guess';
    await expect(openStores({ databaseUrl: wrong.href })).rejects.toMatchObject({ type: 'CONFIGURATION_INVALID' });
  });

  it('gives one fact when it acted, its answer was lost, and the caller tries again', async () => {
    const proxy = await startTcpFaultProxy({ port: Number(new URL(databaseUrl).port) });
    const throughProxy = new URL(databaseUrl);
    throughProxy.port = String(proxy.port);
    const unlucky = await openStores({ databaseUrl: throughProxy.href });
    proxy.faults.loseReplyTo = 'append_facts';
    const fact = datasetFact('lost-answer', 'a');
    await expect(unlucky.ledger.append(fact)).rejects.toMatchObject(away);
    expect(proxy.passed.lostReplies).toBe(1);
    expect(await unlucky.ledger.append(fact)).toMatchObject({ isNew: false, version: 1 });
    proxy.faults.refuse = true;
    proxy.cut();
    await expect(unlucky.ledger.append(fact)).rejects.toMatchObject(away);
    await unlucky.close();
    await proxy.close();
  });

  it('is retried when it is read-only', async () => {
    const url = await createDatabase('ledger_read_only');
    await migrate(url);
    await ask(url, 'alter database ledger_read_only set default_transaction_read_only = on');
    const readOnly = await openStores({ databaseUrl: url });
    await expect(readOnly.ledger.append(datasetFact('d', 'a'))).rejects.toMatchObject(away);
    await readOnly.close();
  });

  it('keeps every acknowledged fact through kill -9 in mid-append', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-ledger-'));
    chmodSync(folder, 0o755);
    const dataDir = join(folder, 'postgres');
    const first = await startPostgres({ dataDir });
    await migrate(first.url);
    const survivor = await openStores({ databaseUrl: first.url });
    const acknowledged: string[] = [];
    let killed = false;
    const writer = async (name: number) => {
      for (let i = 0; !killed; i++) {
        const fact = datasetFact('d', `${name} ${i}`);
        await survivor.ledger.append(fact).then(
          () => acknowledged.push(fact.key),
          (error) => expect(error).toMatchObject(away),
        );
      }
    };
    const writers = Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(writer));
    while (acknowledged.length < 300) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.kill();
    killed = true;
    await writers;
    const second = await startPostgres({ dataDir, port: Number(new URL(first.url).port) });
    const { rows } = await ask(second.url, 'select key from mlops.fact');
    const kept = new Set(rows.map((row) => row.key));
    expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
    expect((await survivor.ledger.verify()).faults).toEqual([]);
    await survivor.close();
    await second.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
