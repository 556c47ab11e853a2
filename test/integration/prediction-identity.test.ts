import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecordActivities } from '../../activities/facts.js';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { retirePredictions } from '../../activities/stores/postgres/retire.js';
import { indexInvariants } from '../../activities/stores/postgres/verify/invariants.js';
import { indexDigest, indexRowOf } from '../../activities/stores/prediction-index.js';
import {
  type OutcomeRecord,
  type PredictionRecord,
  type QueuedOutcomes,
  workflowIds,
  workflowTypes,
} from '../../schemas/index.js';
import { verifyBlobs } from '../../scripts/cli/verify-blobs.js';
import { createDatabase } from './ledger-database.js';
import { batchOf, digestOf, knownOutcomes, predictionIdAt, segmentOf } from './ledger-facts.js';

const folder = mkdtempSync(join(tmpdir(), 'identity-'));
const blobs = openBlobStore(pathToFileURL(folder).href);
let databaseUrl: string;
let admin: Pool;
let stores: PostgresStores;

beforeAll(async () => {
  databaseUrl = await createDatabase('identity');
  admin = new Pool({ connectionString: databaseUrl, options: '-c search_path=mlops' });
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
});
afterAll(async () => {
  await Promise.all([stores.close(), blobs.close(), admin.end()]);
  rmSync(folder, { recursive: true, force: true });
});

const now = '2024-03-05T00:00:00.000Z';
let made = 0;

/** One answered row; another one each time it is called. */
function predicted(given: Partial<PredictionRecord> & { model: string }): PredictionRecord {
  const at = given.at ?? now;
  const predictionId = given.predictionId ?? predictionIdAt(at, `prediction ${++made}`);
  return {
    predictionId,
    requestId: predictionId,
    version: 1,
    modelDigest: digestOf(given.model),
    environment: 'production',
    at,
    eventAt: now,
    inputs: { amount: made },
    output: 0.5,
    ...given,
  };
}

let segments = 0;
const log = (...records: PredictionRecord[]) =>
  stores.predictions.appendSegment(segmentOf(`identity ${++segments}`), records);

async function say(...outcomes: Partial<OutcomeRecord>[]): Promise<void> {
  await stores.predictions.recordOutcomes(batchOf(outcomes), { workflowId: 'model-server', step: 'outcomes' });
}

const knownOf = (model: string, environment = 'production') =>
  knownOutcomes(stores.predictions, { model, environment, from: '2024-03-05', to: '2024-03-06' });
const outcomesOf = async (model: string, environment?: string) => [...(await knownOf(model, environment)).outcomes];
const statesOf = async (model: string) => {
  const { rows } = await admin.query(
    'select prediction_id, outcome, state from v_outcome where model = $1 order by recorded_at, outcome',
    [model],
  );
  return rows.map((row) => [row.prediction_id, row.outcome, row.state]);
};

describe('two callers that name their requests alike', () => {
  it('have a prediction each, though the event time is one and the model another', async () => {
    const { steps } = JSON.parse(
      readFileSync(new URL('../fixtures/one-request-id-two-models.json', import.meta.url), 'utf8'),
    ) as { steps: { headers: Record<string, string>; body: { dataframe_records: { at: string }[] } }[] };
    const records = steps.slice(0, 2).map(({ headers, body }, i) => {
      const eventAt = body.dataframe_records[0]?.at ?? '';
      return predicted({ model: `gateway-${i}`, requestId: headers['x-request-id'] ?? '', eventAt });
    });
    await log(...records);
    const { rows } = await admin.query(
      `select model, event_at from prediction where request_id = 'trace-77' order by 1`,
    );
    expect(rows).toEqual(['gateway-0', 'gateway-1'].map((model) => ({ model, event_at: new Date(now) })));
    await say({ model: 'gateway-0', requestId: 'trace-77', outcome: 1 });
    expect(await outcomesOf('gateway-0')).toEqual([[records[0]?.predictionId, 1]]);
    expect(await outcomesOf('gateway-1')).toEqual([]);
    const { asked, nodes } = await stores.ledger.lineage('trace-77');
    expect(asked.toSorted()).toEqual(records.map(({ predictionId }) => `prediction:${predictionId}`).toSorted());
    expect(nodes.filter(({ kind }) => kind === 'prediction').map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([
        `gateway-0@1 answered in production at ${now}, request "trace-77"; outcome 1 by billing`,
        `gateway-1@1 answered in production at ${now}, request "trace-77"`,
      ]),
    );
  });

  it('do not take over what came true of the other: a name that fits both counts for neither', async () => {
    const mine = predicted({ model: 'taken', requestId: 'mine-1', inputs: { amount: 1 } });
    const foreign = predicted({ model: 'taken', requestId: 'mine-1', inputs: { amount: 2 } });
    await log(mine);
    await say({ model: 'taken', requestId: 'mine-1', outcome: 0 });
    expect(await outcomesOf('taken')).toEqual([[mine.predictionId, 0]]);
    await log(foreign);
    expect(await outcomesOf('taken')).toEqual([]);
    expect(await statesOf('taken')).toEqual([[null, 0, 'ambiguous']]);
    await say({ predictionId: mine.predictionId, outcome: 1, at: '2024-03-06T00:00:00.000Z' });
    expect(await outcomesOf('taken')).toEqual([[mine.predictionId, 1]]);
    expect((await stores.ledger.lineage(mine.predictionId)).asked).toEqual([`prediction:${mine.predictionId}`]);
    expect((await stores.ledger.lineage('mine-1')).asked).toHaveLength(2);
  });

  it('are told apart by the environment, where the sender says it', async () => {
    const [staging, production] = ['staging', 'production'].map((environment) =>
      predicted({ model: 'both', environment, requestId: 'both-1' }),
    ) as [PredictionRecord, PredictionRecord];
    await log(staging, production);
    await say({ model: 'both', requestId: 'both-1', outcome: 0 });
    expect([await outcomesOf('both'), await outcomesOf('both', 'staging')]).toEqual([[], []]);
    await say({ model: 'both', requestId: 'both-1', environment: 'staging', outcome: 1 });
    expect(await outcomesOf('both', 'staging')).toEqual([[staging.predictionId, 1]]);
    expect(await outcomesOf('both')).toEqual([]);
  });
});

describe('a request that is sent again as it was', () => {
  it('is logged and shown twice, and counts once, as its first answer', async () => {
    const once = { model: 'again', requestId: 'again-1', inputs: { amount: 7 } };
    const first = predicted({ ...once, predictionId: predictionIdAt(now, 'again 1') });
    const second = predicted({ ...once, at: '2024-03-05T00:00:01.000Z' });
    await log(first, second);
    await say({ model: 'again', requestId: 'again-1', outcome: 1 });
    expect(await knownOf('again')).toEqual({
      outcomes: new Map([[first.predictionId, 1]]),
      repeated: new Set([second.predictionId]),
    });
    await say({ predictionId: second.predictionId, outcome: 0, at: '2024-03-06T00:00:00.000Z' });
    expect(await outcomesOf('again')).toEqual([[first.predictionId, 0]]);
    expect((await stores.ledger.lineage('again-1')).asked).toHaveLength(2);
  });

  it('is another prediction where another version answered', async () => {
    const once = { model: 'moved-on', requestId: 'moved-1', inputs: { amount: 7 } };
    await log(predicted(once), predicted({ ...once, version: 2 }));
    expect((await knownOf('moved-on')).repeated.size).toBe(0);
  });
});

describe('a later outcome', () => {
  it('supersedes, also back to what was said first, and all are kept', async () => {
    const { predictionId } = predicted({ model: 'corrected', requestId: 'corr-1' });
    await log(predicted({ model: 'corrected', requestId: 'corr-1', predictionId }));
    const said = (outcome: number, day: number) =>
      say({ model: 'corrected', requestId: 'corr-1', outcome, at: `2024-03-0${day}T00:00:00.000Z` });
    await said(0, 6);
    await said(1, 7);
    expect(await outcomesOf('corrected')).toEqual([[predictionId, 1]]);
    await said(0, 8);
    expect(await outcomesOf('corrected')).toEqual([[predictionId, 0]]);
    expect(await statesOf('corrected')).toEqual([
      [predictionId, 0, 'superseded'],
      [predictionId, 1, 'superseded'],
      [predictionId, 0, 'counts'],
    ]);
  });

  it('is the one that was taken later, whichever reached the ledger first', async () => {
    const record = predicted({ model: 'overtaken' });
    await log(record);
    await say({ predictionId: record.predictionId, outcome: 1, at: '2024-03-07T00:00:00.000Z' });
    await say({ predictionId: record.predictionId, outcome: 0, at: '2024-03-06T00:00:00.000Z' });
    expect(await outcomesOf('overtaken')).toEqual([[record.predictionId, 1]]);
  });

  it('counts when its prediction comes after it', async () => {
    const record = predicted({ model: 'late-log', requestId: 'order:991' });
    await say({ model: 'late-log', requestId: 'order:991', outcome: 1 });
    expect(await statesOf('late-log')).toEqual([[null, 1, 'unmatched']]);
    await log(record);
    expect(await outcomesOf('late-log')).toEqual([[record.predictionId, 1]]);
  });
});

describe('a request of several rows', () => {
  it('has an outcome for each row, which is named', async () => {
    const id = predictionIdAt(now, 'many');
    const rows = [0, 1, 2].map((row) => predicted({ model: 'many', requestId: 'batch', predictionId: `${id}:${row}` }));
    await log(...rows);
    await say(
      { predictionId: `${id}:0`, outcome: 0 },
      { model: 'many', requestId: 'batch', row: 2, outcome: 2 },
      { predictionId: id, outcome: 7 },
      { model: 'many', requestId: 'batch', outcome: 8 },
      { predictionId: `${id}:3`, outcome: 9 },
    );
    expect(new Map(await outcomesOf('many'))).toEqual(
      new Map([
        [`${id}:0`, 0],
        [`${id}:2`, 2],
      ]),
    );
    expect((await stores.ledger.lineage(`${id}:1`)).asked).toEqual([`prediction:${id}:1`]);
    expect((await stores.ledger.lineage('batch')).asked).toHaveLength(3);
    const { rows: shown } = await admin.query(
      `select prediction_id from v_prediction_log where request_id = 'batch' order by 1`,
    );
    expect(shown.map(({ prediction_id }) => prediction_id)).toEqual(rows.map(({ predictionId }) => predictionId));
  });

  it('of one row is named with it or without it, and by its id where its caller gave it no name', async () => {
    const [one, two] = [predicted({ model: 'single' }), predicted({ model: 'single' })];
    await log(one, two);
    await say({ predictionId: `${one.predictionId}:0` }, { model: 'single', requestId: two.predictionId });
    expect((await outcomesOf('single')).length).toBe(2);
  });
});

describe('what would become of an outcome', () => {
  it('is told before it is taken', async () => {
    const named = predicted({ model: 'told', requestId: 'told-1' });
    const many = predictionIdAt(now, 'told many');
    await log(
      named,
      predicted({ model: 'told', predictionId: `${many}:0` }),
      predicted({ model: 'told', predictionId: `${many}:1` }),
    );
    const { outcomes } = batchOf([
      { model: 'told', requestId: 'told-1' },
      { predictionId: named.predictionId },
      { predictionId: `${many}:1` },
      { predictionId: many },
      { model: 'told', requestId: 'told-9' },
      { model: 'other', requestId: 'told-1' },
    ]);
    const expected = ['recorded', 'recorded', 'recorded', 'ambiguous', 'pending', 'pending'];
    expect(await stores.predictions.matches(outcomes)).toEqual(expected);
    await say({ model: 'told', requestId: 'told-1' });
    expect((await stores.predictions.matches(outcomes)).slice(0, 3)).toEqual(['supersedes', 'supersedes', 'recorded']);
    expect(await stores.predictions.unmatchedOutcomes({ model: 'told', environment: 'production' }, 0)).toEqual({
      unmatched: 0,
      lookedAt: 1,
      named: null,
    });
  });

  it('is reported to the model that it names and to no other', async () => {
    await say({ model: 'typed-wrong', requestId: 'order-1' }, { model: 'typed-wrong', requestId: 'order-2' });
    const look = (model: string) => stores.predictions.unmatchedOutcomes({ model, environment: 'production' }, 0);
    expect(await look('typed-wrong')).toEqual({ unmatched: 2, lookedAt: 2, named: 'order-1' });
    expect(await look('single')).toMatchObject({ unmatched: 0 });
    expect(
      await stores.predictions.unmatchedOutcomes(
        { model: 'typed-wrong', environment: 'production' },
        Date.now() - Date.parse('2001-01-01'),
      ),
    ).toMatchObject({ lookedAt: 0 });
  });
});

describe('outcomes that a model’s owner took', () => {
  const activities = () => createRecordActivities({ ...stores, blobs });
  const record = (queued: QueuedOutcomes) =>
    new MockActivityEnvironment({
      workflowType: workflowTypes.lifecycle,
      workflowExecution: { workflowId: workflowIds.lifecycle('owned'), runId: 'r' },
    }).run(activities().recordOutcomes, queued);
  const queued = { model: 'owned', by: 'ana', at: '2024-03-06T00:00:00.000Z' };

  it('are of its model, in whichever environment, and again are nothing new', async () => {
    const one = predicted({ model: 'owned', environment: 'staging', requestId: 'owned-1' });
    await log(one);
    const outcomes = [
      { requestId: 'owned-1', outcome: true },
      { requestId: 'owned-2', outcome: false },
    ];
    const batches = async () => (await admin.query('select count(*)::int as n from outcome_batch')).rows[0].n;
    const before = await batches();
    expect(await record({ ...queued, outcomes })).toEqual({ recorded: 2, leftOut: 0 });
    expect(await record({ ...queued, outcomes })).toEqual({ recorded: 2, leftOut: 0 });
    expect(await batches()).toBe(before + 1);
    expect(await outcomesOf('owned', 'staging')).toEqual([[one.predictionId, 1]]);
  });

  it('are recorded for that owner alone', async () => {
    const outcomes = [{ requestId: 'gateway', outcome: 1 }];
    await expect(record({ ...queued, model: 'gateway-0', outcomes })).rejects.toMatchObject({
      type: 'CALLER_NOT_ALLOWED',
    });
  });

  it('are left out where they can never count', async () => {
    await log(...[1, 2].map((amount) => predicted({ model: 'owned', requestId: 'owned-twice', inputs: { amount } })));
    expect(await record({ ...queued, outcomes: [{ requestId: 'owned-twice', outcome: 1 }] })).toEqual({
      recorded: 0,
      leftOut: 1,
    });
  });
});

describe('the index', () => {
  const partitions = async () => {
    const { rows } = await admin.query(
      `select relname from pg_class join pg_inherits on oid = inhrelid where inhparent = 'prediction'::regclass order by 1`,
    );
    return rows.map(({ relname }) => relname as string);
  };

  it('is cut by the server’s clock: a thousand days of event times make no table, and hold up nobody', async () => {
    const before = await partitions();
    const day = (i: number) => new Date(Date.UTC(2030, 0, i)).toISOString();
    await log(...Array.from({ length: 1000 }, (_, i) => predicted({ model: 'scattered', eventAt: day(i) })));
    expect(await partitions()).toEqual(before);
    const at = new Date().toISOString();
    await log(predicted({ model: 'scattered', at, eventAt: day(5) }));
    expect(await partitions()).toEqual([...before, `prediction_${at.slice(0, 7).replace('-', '')}`].toSorted());
  });

  it('finds a prediction by its id in one partition', async () => {
    const { rows } = await admin.query(
      `explain select * from prediction where id = '${predictionIdAt(now, 'x')}' and at = time_of_id('${predictionIdAt(now, 'x')}')`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan.match(/ on prediction_\w+/g)).toEqual([' on prediction_rest']);
  });

  it('is what the fact of a segment says, and what its bytes say', async () => {
    const many = predictionIdAt(now, 'digest many');
    const records = [
      predicted({ model: 'digested', requestId: 'like this: "#1"', eventAt: '2024-03-05' }),
      predicted({ model: 'digested', predictionId: `${many}:0`, eventAt: '2024-03-05T10:00:00.5Z' }),
      predicted({ model: 'digested', predictionId: `${many}:1`, eventAt: 'yesterday' }),
    ];
    await log(...records);
    const { digest } = segmentOf(`identity ${segments}`);
    const body = await stores.ledger.fact(`segment/${digest}`);
    expect(body).toMatchObject({ indexDigest: indexDigest(records.map(indexRowOf)), firstAt: now, lastAt: now });
    const { rows } = await admin.query(`select prediction_index_digest(decode('${digest}', 'hex')) as digest`);
    expect(body).toMatchObject({ indexDigest: rows[0].digest });
    expect((await stores.ledger.verify()).faults).toEqual([]);
  });

  it.each([
    ['a prediction that was given to another model', `update prediction set model = 'eve' where model = 'digested'`],
    ['a prediction that was taken out', `delete from prediction where model = 'digested'`],
    [
      'a prediction that was invented',
      `insert into prediction select gen_random_uuid(), 0, false, at, environment, model, 1, model_digest, null, null, event_at, segment from prediction limit 1`,
    ],
    ['a request under another name', `update prediction_request set request_id = 'eve' where request_id = 'trace-77'`],
    ['a request that was taken out', `delete from prediction_request where request_id = 'trace-77'`],
  ])('is verified: %s is found', async (_, sql) => {
    const client = await admin.connect();
    await client.query('begin; set local session_replication_role = replica');
    await client.query(sql);
    const faults: string[] = [];
    for (const invariant of indexInvariants)
      faults.push(...(await client.query(invariant)).rows.map(({ what }) => what));
    await client.query('rollback');
    client.release();
    expect(faults[0]).toMatch(/in the index as|more predictions than fact/);
  });
});

describe('what is retired', () => {
  const [thisMonth, lastMonth] = [0, -1].map((months) => {
    const day = new Date();
    return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1, 12)).toISOString();
  }) as [string, string];
  const before = thisMonth.slice(0, 8) + '01T00:00:00.000Z';

  it('is a fact, and gone: lineage says so, a late one is not taken in again, and nothing is missing', async () => {
    const url = await createDatabase('identity_retired');
    await migrate(url);
    const retiring = await openStores({ databaseUrl: url });
    const ask = async (sql: string) => {
      const pool = new Pool({ connectionString: url, options: '-c search_path=mlops', max: 1 });
      const answer = await pool.query(sql).catch((error: unknown) => error as Error);
      await pool.end();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const old = predicted({ model: 'kept', requestId: 'old', at: lastMonth });
    const stray = predicted({ model: 'kept', requestId: 'stray', at: now });
    const recent = predicted({ model: 'kept', requestId: 'recent', at: thisMonth });
    await retiring.predictions.appendSegment(segmentOf('old'), [old]);
    await retiring.predictions.appendSegment(segmentOf('both'), [stray, recent]);
    const batch = batchOf([
      { model: 'kept', requestId: 'old', at: lastMonth },
      { model: 'kept', requestId: 'recent', at: thisMonth },
    ]);
    await retiring.predictions.recordOutcomes(batch, { workflowId: 'w', step: 's' });
    await expect(ask('delete from outcome')).rejects.toMatchObject({ code: 'ML002' });

    const given = { before: new Date(), by: 'ana', reason: 'thirteen months are kept' };
    expect(await retirePredictions(url, given)).toEqual({ before, months: [lastMonth.slice(0, 7)], rows: 4 });
    expect(await retirePredictions(url, { ...given, by: 'bob' })).toEqual({ before, months: [], rows: 0 });
    const { rows } = await ask('select request_id from v_prediction_log');
    expect(rows).toEqual([{ request_id: 'recent' }]);
    expect((await ask('select request_id from outcome')).rows).toEqual([{ request_id: 'recent' }]);
    expect((await retiring.ledger.lineage(old.predictionId)).nodes).toMatchObject([
      {
        kind: 'prediction',
        detail: `retired by ana, with everything before ${before.slice(0, 10)}: thirteen months are kept`,
      },
    ]);
    expect(await retiring.predictions.matches(batchOf([{ predictionId: old.predictionId }]).outcomes)).toEqual([
      'retired',
    ]);
    await retiring.predictions.appendSegment(segmentOf('late'), [predicted({ model: 'kept', at: lastMonth })]);
    expect((await ask('select request_id from v_prediction_log')).rows).toHaveLength(1);
    expect((await retiring.ledger.verify()).faults).toEqual([]);
    await expect(ask('delete from outcome')).rejects.toMatchObject({ code: 'ML002' });
    await retiring.close();
  });

  it('needs its blobs no more, and what is retired in part needs them', async () => {
    const url = await createDatabase('identity_blobs');
    await migrate(url);
    const retiring = await openStores({ databaseUrl: url });
    const old = predicted({ model: 'kept', at: lastMonth });
    const recent = predicted({ model: 'kept', at: thisMonth });
    await retiring.predictions.appendSegment(segmentOf('gone'), [old]);
    await retiring.predictions.appendSegment(segmentOf('both'), [predicted({ model: 'kept', at: lastMonth }), recent]);
    const partOf = async (name: string, of: string) => {
      const part = segmentOf(name);
      await retiring.ledger.append({
        kind: 'predictionPart',
        key: name,
        origin: { workflowId: 'w', step: 's' },
        digest: part.digest,
        artifacts: [{ digest: part.digest, uri: part.uri, sizeBytes: part.sizeBytes, kind: 'prediction-part' }],
        edges: [{ from: segmentOf(of).digest, to: part.digest, relation: 'compacted' }],
        body: {
          environment: 'production',
          model: 'kept',
          day: '2024-03-05',
          digest: part.digest,
          rows: 1,
          sizeBytes: 1000,
          segments: 1,
        },
      });
    };
    await partOf('part gone', 'gone');
    await partOf('part kept', 'both');
    const daysOf = () => retiring.predictions.days({ model: 'kept', environment: 'production' });
    expect(await daysOf()).toMatchObject([{ day: '2024-03-05', rows: 3 }]);
    const verified = () => verifyBlobs(blobs, retiring.ledger.artifacts(), { quick: true, progress: () => {} });
    expect(await verified()).toMatchObject({
      retired: 0,
      faults: Array.from({ length: 4 }, () => expect.stringMatching(/missing/)),
    });
    await retirePredictions(url, { before: new Date(), by: 'ana', reason: 'r' });
    const { retired, faults } = await verified();
    const missing = ['both', 'part kept'].map((name) => segmentOf(name).digest);
    expect(retired).toBe(2);
    expect(new Set(faults.map((what) => what.split(' ')[1]))).toEqual(new Set(missing));
    expect(await daysOf()).toMatchObject([{ day: '2024-03-05', rows: 2 }]);
    await retiring.close();
  });

  it('is the owner’s to say: no worker and no model server hides what was', async () => {
    const body = { before: now, by: 'eve', reason: 'no trace' };
    const fact = {
      kind: 'retirement',
      key: 'retirement/eve',
      origin: { workflowId: 'w', step: 's' },
      digest: null,
      body,
    } as const;
    await expect(stores.ledger.append(fact)).rejects.toThrow(/only the owner of the ledger may retire/);
    expect((await stores.ledger.lineage('trace-77')).asked).toHaveLength(2);
  });

  it('is never what has not been yet', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    await expect(retirePredictions(databaseUrl, { before: tomorrow, by: 'ana', reason: 'r' })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });
});
