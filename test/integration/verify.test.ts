import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeLines } from '../../activities/outcome-records.js';
import { type Evidence, openEvidence } from './evidence.js';
import {
  approvalFact,
  batchOf,
  changeFact,
  datasetFact,
  decisionFact,
  digestOf,
  modelVersionFact,
  predictionIdAt,
  predictions,
  runFact,
} from './ledger-facts.js';

let evidence: Evidence;

const rollout = { model: 'm', version: 1, runId: 'r1', generation: 1 };
const later = { model: 'm', version: 2, runId: 'r2', generation: 2 };
const data = { name: 'd-labelled', digest: digestOf('labelled') };

/** Blobs are another matter, and another test's. */
const withoutBytes = <F extends object>(fact: F): F => ({ ...fact, artifacts: [] });

beforeAll(async () => {
  evidence = await openEvidence('evidence', async ({ ledger }) => {
    const facts = [
      datasetFact('d', 'raw', { from: 'source:d' }),
      datasetFact('d-labelled', 'labelled', { from: digestOf('raw') }),
      runFact('m', 'r1', data),
      runFact('m', 'r2', data),
      modelVersionFact('m', 'r1', data.digest),
      approvalFact(rollout),
      decisionFact(rollout),
      changeFact('promoted', rollout),
      modelVersionFact('m', 'r2', data.digest),
      approvalFact(later),
      decisionFact(later),
      changeFact('promoted', later),
      changeFact('rolledBack', { ...rollout, generation: 3 }),
      ...['more', 'and more', 'most'].map((content) => datasetFact('d', content, { from: 'source:d' })),
    ];
    for (const fact of facts) await ledger.append(withoutBytes(fact));
  });
});
afterAll(() => evidence.close());

/** What a superuser can do who knows how the chain is made: every hash anew, and its recorded end. */
const hashAnew = `
  do $$ declare f fact; before text := repeat('0', 64); begin
    for f in select * from fact order by seq loop
      f.prev_hash := before; f.hash := fact_hash(f); before := f.hash;
      update fact set prev_hash = f.prev_hash, hash = f.hash where seq = f.seq;
    end loop;
    update chain_head set seq = (select max(seq) from fact), hash = before;
  end $$;`;

/** Takes a fact out with all its rows, and closes the gap that it leaves. */
const takeOut = (seq: number) => `
  do $$ declare name text; begin
    for name in select c.relname from pg_class as c join pg_attribute as a on a.attrelid = c.oid
      where c.relnamespace = 'mlops'::regnamespace and c.relkind = 'r' and a.attname = 'seq' and c.relname <> 'chain_head' loop
      execute format('delete from %I where seq = %s', name, ${seq});
      for i in ${seq} + 1 .. 20 loop execute format('update %I set seq = seq - 1 where seq = %s', name, i); end loop;
    end loop;
  end $$;`;

const cutTail = (from: number) => `
  do $$ declare name text; begin
    for name in select c.relname from pg_class as c join pg_attribute as a on a.attrelid = c.oid
      where c.relnamespace = 'mlops'::regnamespace and c.relkind = 'r' and a.attname = 'seq' and c.relname <> 'chain_head' loop
      execute format('delete from %I where seq >= %s', name, ${from});
    end loop;
  end $$;
  update chain_head set (seq, hash) = (select seq, hash from fact order by seq desc limit 1);`;

const tampering: [name: string, sql: string, first: RegExp][] = [
  [
    'a body',
    `update fact set body = replace(body, '"rows":100', '"rows":101') where seq = 2`,
    /^fact 2 .* was changed/,
  ],
  ['a fact of the middle', `delete from fact where seq = 5`, /^facts 5 to 5 are missing/],
  [
    'the order',
    `update fact set seq = 99 where seq = 1; update fact set seq = 1 where seq = 2; update fact set seq = 2 where seq = 99`,
    /^fact 1 does not follow fact 0/,
  ],
  [
    'a projected row that is gone',
    `delete from best_run; delete from approval where seq = 6`,
    /a row of approval that a fact calls for is missing/,
  ],
  [
    'a projected row',
    `update run set trainer = 'x' where run_id = 'r1'`,
    /a row of run that a fact calls for is missing/,
  ],
  ['an invented row', `insert into best_run values ('m', 'r1', 3)`, /a row of best_run was not called for/],
  [
    'a tail that is cut and its head mended',
    cutTail(12),
    /^fact 12 was anchored, and the chain ends at fact 11: its end was cut off/,
  ],
  [
    'an approval that is edited, in a chain made anew',
    `update fact set body = replace(body, 'ana@', 'eve@') where seq = 6; update approval set decided_by = 'eve@example.com' where seq = 6; ${hashAnew}`,
    /^fact 6 is another than its anchor says: the chain was made anew after fact 3/,
  ],
  [
    'a rollback that is taken out, in a chain made anew',
    takeOut(13) + hashAnew,
    /^fact 15 is another than its anchor says: the chain was made anew after fact 12/,
  ],
  [
    'a whole new ledger',
    `${cutTail(2)} update fact set workflow_id = 'x'; ${hashAnew}`,
    /^fact 3 was anchored, and the chain ends at fact 1: its end was cut off/,
  ],
  [
    'triggers that are switched off',
    'alter table fact disable trigger append_only',
    /^the trigger fact.append_only is not what/,
  ],
  ['foreign keys that are switched off', 'alter table approval disable trigger all', /^the .*trigger approval\./],
  [
    'a guard that lets all pass',
    `create or replace function refuse_change() returns trigger language plpgsql set search_path from current as 'begin return null; end'`,
    /^the function refuse_change\(\) is not what/,
  ],
  [
    'a guard that has another setting',
    'alter function guard_fact() set search_path to public',
    /^the function guard_fact\(\) is not what/,
  ],
  [
    'a view that calls wrong what is right',
    'create or replace view expected_approval as select * from approval',
    /^the definition of the view expected_approval is not what/,
  ],
  [
    'a view that shows another',
    `create or replace view v_approval as select model, version, environment, decision, 'bob'::text as decided_by, decided_at, proven_by from approval`,
    /^the definition of the view v_approval is not what/,
  ],
  [
    'a writer who may change',
    'grant update on fact to mlops_writer',
    /^mlops_writer may update on fact, which no migration lets him/,
  ],
  [
    'a column that the writer may change',
    'grant update (body) on fact to mlops_writer',
    /^mlops_writer may update on fact\.body/,
  ],
  [
    'everybody who may append',
    'grant execute on function append_fact(jsonb) to public',
    /^everybody may call append_fact/,
  ],
  [
    'a door of no migration',
    `create function back_door() returns void language sql as ''`,
    /^the function back_door\(\) is of no migration/,
  ],
  ['another owner', 'alter table approval owner to mlops_writer', /^(mlops_writer|the owner of approval) /],
  [
    'a rule that swallows what is inserted',
    'create rule swallow as on insert to best_run do instead nothing',
    /^the rule best_run\.swallow is of no migration/,
  ],
  [
    'rows that are hidden',
    'alter table approval enable row level security',
    /^a row of approval that a fact calls for is missing/,
  ],
  [
    'a key that is unique no more',
    'alter table fact drop constraint fact_key_key',
    /^the constraint fact\.fact_key_key is missing/,
  ],
  ['a table that another one fills', 'create table heir () inherits (best_run)', /^the view expected_heir is missing/],
  [
    'triggers that are silent for a whole database',
    `do $$ begin execute format('alter database %I set session_replication_role = replica', current_database()); end $$`,
    /session_replication_role/,
  ],
];

describe('verify sees what a superuser does to', () => {
  it('nothing: a copy is whole, and its end is told and anchored', async () => {
    const whole = await evidence.tampered('select 1');
    expect(whole).toMatchObject({ ok: true, faults: [], facts: 16, anchored: 16, notes: [] });
    expect(whole.head).toMatch(/^16:[0-9a-f]{64}$/);
  });

  it.each(tampering)('%s', async (_, sql, first) => {
    const { ok, faults } = await evidence.tampered(sql);
    expect([ok, faults[0]?.what]).toEqual([false, expect.stringMatching(first)]);
  });
});

describe('verify --full sees what a superuser does, without touching the chain, to', () => {
  let logged: Evidence;
  beforeAll(async () => {
    logged = await openEvidence('evidence_of_rows', async ({ blobs, predictions: log }) => {
      const now = new Date().toISOString();
      const today = predictions('m', 2, { prefix: 'today' }).map((record, i) => ({
        ...record,
        predictionId: predictionIdAt(now, `today ${i}`),
        at: now,
      }));
      const records = [...predictions('m', 30, { prefix: 'r' }), ...today];
      const segment = await blobs.put(Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join('')));
      await log.appendSegment({ environment: 'production', ...segment, lost: 0 }, records);
      const outcomes = records.slice(0, 10).map(({ predictionId }, i) => ({ predictionId, outcome: i % 2 }));
      const { outcomes: kept } = batchOf(outcomes);
      const batch = await blobs.put(Buffer.from(outcomeLines(kept)));
      await log.recordOutcomes({ ...batch, outcomes: kept }, { workflowId: 'model-server', step: 'outcomes' });
    });
  });
  afterAll(() => logged.close());

  it('nothing: a copy is whole', async () => {
    expect(await logged.tampered('select 1', { depth: 'full' })).toMatchObject({ ok: true, facts: 2, blobs: 2 });
  });

  const rows: [name: string, sql: string, first: RegExp][] = [
    [
      'outcomes that are turned round',
      'update outcome set outcome = 1 - outcome',
      /^10 outcomes of fact 2 are not as its batch has them/,
    ],
    [
      'an outcome that comes from somebody else',
      `update outcome set recorded_by = 'eve' where place = 3`,
      /^1 outcomes of fact 2/,
    ],
    [
      'outcomes that are deleted',
      'delete from outcome where place < 4',
      /^the outcomes of fact 2 are not as many as it recorded/,
    ],
    [
      'an outcome that is invented',
      `insert into outcome select batch, 99, prediction, model, environment, request_id, request_row, 1, known_at, recorded_by, recorded_at from outcome where place = 0`,
      /^the outcomes of fact 2 are not as many as it recorded/,
    ],
    [
      'an outcome that is of another prediction',
      'update outcome set prediction = (select id from prediction order by id desc limit 1) where place = 0',
      /^1 outcomes of fact 2/,
    ],
    [
      'predictions that are moved to another version',
      'update prediction set version = 2',
      /^(the predictions of fact 1 are not in the index|the request ".*" is not in the index)/,
    ],
    [
      'a prediction that is deleted',
      'delete from prediction where ctid = (select min(ctid) from prediction)',
      /^(the predictions of fact 1 are not in the index|the request ".*" is not in the index)/,
    ],
    [
      'predictions that are shifted in time',
      `update prediction set event_at = event_at + interval '1 day'`,
      /^the predictions of fact 1 are not in the index as it recorded them/,
    ],
    [
      'a name that leads nowhere',
      'delete from prediction_request',
      /^the request ".*" is not in the index as its predictions are/,
    ],
    [
      'a partition without its guard',
      `do $$ declare name text; begin select c.relname into name from pg_inherits as i join pg_class as c on c.oid = i.inhrelid where i.inhparent = 'prediction'::regclass and c.relname ~ '^prediction_[0-9]+$'; execute format('alter table %I disable trigger all', name); end $$`,
      /^the trigger prediction_\d{6}\.append_only/,
    ],
  ];
  it.each(rows)('%s', async (_, sql, first) => {
    const { ok, faults } = await logged.tampered(sql, { depth: 'full' });
    expect([ok, faults[0]?.what]).toEqual([false, expect.stringMatching(first)]);
  });
});

describe('the end of the chain that a person kept', () => {
  const other = 'f'.repeat(64);

  it('is held against the chain, however far it went on', async () => {
    const { head } = await evidence.tampered('select 1');
    const [seq = '', hash = ''] = (head ?? '').split(':');
    const expected = { seq: Number(seq), hash };
    expect((await evidence.tampered('select 1', { expected })).ok).toBe(true);
    const what = 'fact 5 is another than was expected: the chain was made anew after fact 3';
    expect((await evidence.tampered('select 1', { expected: { seq: 5, hash: other } })).faults).toEqual([
      { what, seq: 5 },
    ]);
    const gone = 'fact 99 was expected, and the chain ends at fact 16';
    expect((await evidence.tampered('select 1', { expected: { seq: 99, hash } })).faults).toEqual([
      { what: gone, seq: 99 },
    ]);
  });
});
