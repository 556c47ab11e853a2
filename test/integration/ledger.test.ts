import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { Fact, LineageGraph, type RecordedFact } from '../../schemas/index.js';
import { ancestors, descendants } from '../../scripts/cli/lineage-tree.js';
import { createDatabase } from './ledger-database.js';
import {
  approvalFact,
  batchOf,
  bestRunFact,
  changeFact,
  datasetFact,
  decisionFact,
  digestOf,
  knownOutcomes,
  lookFact,
  measuredRunFact,
  modelVersionFact,
  monitorFact,
  predictionIdAt,
  predictions,
  runFact,
  segmentOf,
} from './ledger-facts.js';

let databaseUrl: string;
let admin: Pool;
let stores: PostgresStores;

beforeAll(async () => {
  databaseUrl = await createDatabase('ledger');
  admin = new Pool({ connectionString: databaseUrl });
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
});
afterAll(async () => {
  await stores.close();
  await admin.end();
});

describe('appending', () => {
  it('gives the same fact to the same key and body, and refuses another body', async () => {
    const fact = datasetFact('idempotent', 'a');
    const first = await stores.ledger.append(fact);
    expect(first).toMatchObject({ isNew: true, version: 1 });
    expect(await stores.ledger.append(fact)).toEqual({ ...first, isNew: false });
    const other = datasetFact('idempotent', 'b', { key: fact.key });
    await expect(stores.ledger.append(other)).rejects.toMatchObject({ type: 'LEDGER_CONFLICT', nonRetryable: true });
  });

  it('appends several facts in order, all or none', async () => {
    const [one, two] = await stores.ledger.appendAll([datasetFact('several', '1'), datasetFact('several', '2')]);
    expect(two?.seq).toBe((one?.seq ?? 0) + 1);
    const taken = datasetFact('several', '4', { key: datasetFact('several', '1').key });
    await expect(stores.ledger.appendAll([datasetFact('several', '3'), taken])).rejects.toThrow(/another body/);
    expect((await stores.registry.datasetVersion('several'))?.digest).toBe(digestOf('2'));
    expect(await stores.ledger.appendAll([])).toEqual([]);
  });

  it('leaves no gap under 50 writers, and one version to each content', async () => {
    const facts = Array.from({ length: 50 }, (_, i) => {
      return datasetFact('crowd', `content ${(i % 25) % 10}`, { key: `crowd/${i % 25}` });
    });
    const appended = await Promise.all(facts.map((fact) => stores.ledger.append(fact)));
    expect(new Set(appended.map((one) => one.seq)).size).toBe(25);
    expect(appended.filter((one) => one.isNew)).toHaveLength(25);
    expect(new Set(appended.map((one) => one.version))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(await stores.ledger.verify()).toMatchObject({ faults: [] });
  });

  it('keeps the version of a package that is recorded again', async () => {
    await stores.ledger.append(runFact('twice', 'twice-1', { name: 'd', digest: digestOf('d') }));
    const first = await stores.ledger.append(modelVersionFact('twice', 'twice-1', digestOf('d'), 'a'));
    const again = await stores.ledger.append(modelVersionFact('twice', 'twice-1', digestOf('d'), 'b'));
    expect([first.version, again.version, again.isNew]).toEqual([1, 1, true]);
    expect(await stores.registry.modelVersion('twice')).toMatchObject({ version: 1, runId: 'twice-1', files: [] });
    expect(await stores.registry.modelVersion('twice', 2)).toBeNull();
  });

  it('keeps metrics of any name, those that could not be measured, and how they went while the model learnt', async () => {
    const curve = Array.from({ length: 50 }, (_, i) => ({
      split: 'train' as const,
      name: 'loss',
      step: i,
      value: 1 / (i + 1),
    }));
    const own = { 'f1.macro': 0.75, recall: null };
    const fact = measuredRunFact('measured-1', { validation: own, test: own, curve });
    await stores.ledger.append(fact);
    expect(await stores.registry.run('measured-1')).toMatchObject({ test: own, curve });
    const { rows } = await admin.query(`select split, name, step, value from v_metric where run_id = 'measured-1'`);
    const measures = ['validation', 'test'].flatMap((split) => [
      { split, name: 'f1.macro', step: 0, value: 0.75 },
      { split, name: 'recall', step: 0, value: null },
    ]);
    expect(rows).toHaveLength(54);
    expect(rows).toEqual(expect.arrayContaining([...measures, ...curve]));
    expect((await stores.ledger.verify()).faults).toEqual([]);
  });

  it('refuses two values of one metric at one step', async () => {
    const point = { split: 'test' as const, name: 'recall', value: 1 };
    const twice = measuredRunFact('measured-2', { test: { recall: 1 }, curve: [{ ...point, step: 0 }] });
    await expect(stores.ledger.append(twice)).rejects.toMatchObject({ type: 'InvalidInput' });
    const after = measuredRunFact('measured-3', { test: { recall: 1 }, curve: [{ ...point, step: 1 }] });
    expect(await stores.ledger.append(after)).toMatchObject({ isNew: true });
  });

  it('refuses what is no fact, and text that Postgres cannot hold', async () => {
    const wrong = { ...datasetFact('wrong', 'a'), digest: 5 } as never;
    await expect(stores.ledger.append(wrong)).rejects.toMatchObject({ type: 'InvalidInput' });
    const fact = datasetFact('wrong', 'a');
    const nul = { ...fact, body: { ...fact.body, report: 'a\u0000b' } } as typeof fact;
    await expect(stores.ledger.append(nul)).rejects.toMatchObject({ type: 'InvalidInput' });
  });
});

describe('the life of a model', () => {
  const source = 'source:file:///data/flights.parquet';
  const rollout = { model: 'flight-delay', version: 1, runId: 'r1', generation: 1 };
  const flights = digestOf('flights');
  const labelled = digestOf('labelled');
  const seventh = predictionIdAt('2001-04-18T09:00:00.000Z', 'req 7');

  beforeAll(async () => {
    await stores.ledger.appendAll([
      datasetFact('flights', 'flights', { from: source }),
      datasetFact('flights-labelled', 'labelled', { from: flights }),
      runFact('flight-delay', 'r1', { name: 'flights-labelled', digest: labelled }),
      runFact('flight-delay', 'r2', { name: 'flights-labelled', digest: labelled }),
      bestRunFact('flight-delay', 'r1'),
      modelVersionFact('flight-delay', 'r1', labelled),
      approvalFact(rollout),
      decisionFact(rollout),
      changeFact('candidate', rollout),
      changeFact('promoted', { ...rollout, generation: 2 }),
    ]);
    await stores.predictions.appendSegment(segmentOf('one'), predictions('flight-delay', 30, { prefix: 'req' }));
  });

  it('is read back', async () => {
    expect(await stores.registry.datasetVersion('flights', 1)).toEqual({
      name: 'flights',
      version: 1,
      digest: flights,
      rows: 100,
      labelled: false,
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(await stores.registry.datasetVersion('unknown')).toBeNull();
    expect(await stores.registry.run('r2')).toMatchObject({ runId: 'r2', trainer: 'gbt', test: { rmse: 1.5 } });
    expect(await stores.registry.run('r9')).toBeNull();
    expect(await stores.registry.bestRun('flight-delay')).toMatchObject({ runId: 'r1' });
    const { rows } = await admin.query(`select name, value, split from v_metric where run_id = 'r1' order by 1, 3`);
    expect(rows).toContainEqual({ name: 'rmse', value: 1.5, split: 'test' });
    expect(rows).toContainEqual({ name: 'r2', value: null, split: 'test' });
    expect(rows).toHaveLength(8);
  });

  it('leads from a request id back to its sources, with the decision in force then and who approved', async () => {
    const graph = await stores.ledger.lineage('req-7');
    const steps = ancestors(graph);
    expect((await stores.ledger.lineage(seventh)).nodes).toEqual(graph.nodes);
    expect(steps).toEqual(graph.nodes);
    expect(steps.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      `prediction ${seventh}`,
      'endpoint flight-delay/production generation 2',
      `predictionSegment ${segmentOf('one').digest}`,
      'modelVersion flight-delay@1',
      'approval flight-delay@1/production',
      `model ${digestOf('model of r1')}`,
      'run r1',
      'labelledDataset flights-labelled@1',
      'dataset flights@1',
      'source file:///data/flights.parquet',
    ]);
    expect(steps[1]?.detail).toMatch(/^promoted by \S+ at \S+: /);
    expect(steps[4]?.detail).toBe('approved for production by ana@example.com at 2001-03-01T10:00:00Z: looks right');
  });

  it('hangs together by edges between nodes, whose ids tell a dataset from a model of the same name', async () => {
    await stores.ledger.appendAll([
      datasetFact('twin', 'twin'),
      runFact('twin', 'twin-1', { name: 'twin', digest: digestOf('twin') }),
      modelVersionFact('twin', 'twin-1', digestOf('twin')),
    ]);
    const graph = await stores.ledger.lineage('twin@1');
    const { asked, nodes, edges } = graph;
    const modelId = `model:${digestOf('model of twin-1')}`;
    expect(asked.toSorted()).toEqual(['dataset:twin@1', modelId, 'modelVersion:twin@1'].toSorted());
    expect(nodes.map(({ id }) => id).toSorted()).toEqual([...asked, 'run:twin-1'].toSorted());
    expect(edges).toHaveLength(4);
    expect(edges).toEqual(
      expect.arrayContaining([
        { from: 'dataset:twin@1', relation: 'trained', to: 'run:twin-1' },
        { from: 'run:twin-1', relation: 'trained', to: modelId },
        { from: 'run:twin-1', relation: 'packaged', to: 'modelVersion:twin@1' },
        { from: modelId, relation: 'packaged', to: 'modelVersion:twin@1' },
      ]),
    );
    expect(LineageGraph.parse(graph).nodes.every(({ createdAt }) => createdAt !== null)).toBe(true);
  });

  it('joins a prediction to the version, the change of routes and the segment, and an approval to its version', async () => {
    const { edges } = await stores.ledger.lineage('req-7');
    const version = 'modelVersion:flight-delay@1';
    expect(edges).toEqual(
      expect.arrayContaining([
        { from: version, relation: 'predicted', to: `prediction:${seventh}` },
        { from: 'endpoint:flight-delay/production generation 2', relation: 'deployed', to: `prediction:${seventh}` },
        { from: `predictionSegment:${segmentOf('one').digest}`, relation: 'logged', to: `prediction:${seventh}` },
        { from: 'approval:flight-delay/1', relation: 'approved', to: version },
      ]),
    );
  });

  it.each([
    ['flight-delay@1', 7],
    ['flight-delay', 7],
    ['flights', 2],
    ['flights-labelled@1', 3],
    ['flights@1', 2],
    ['r1', 4],
    ['run:r1', 4],
    [labelled, 3],
    [segmentOf('one').digest, 6],
    ['nothing', 0],
    ['flight-delay@9', 0],
  ])('leads back from %s in %i steps', async (id, steps) => {
    expect(ancestors(await stores.ledger.lineage(id))).toHaveLength(steps);
  });

  it.each([
    ['flights', ['labelledDataset', 'run', 'run', 'model', 'model', 'modelVersion', 'approval']],
    ['r1', ['model', 'modelVersion', 'approval']],
    ['flight-delay', []],
    ['req-7', []],
    ['nothing', []],
  ])('leads from %s to what was made of it', async (id, kinds) => {
    expect(
      descendants(await stores.ledger.lineage(id))
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(kinds.toSorted());
  });

  it("shows what served when: a rollback ends the version before, a candidate's share and its abortion end nothing", async () => {
    const second = { ...rollout, version: 2, runId: 'r2' };
    await stores.ledger.appendAll([
      modelVersionFact('flight-delay', 'r2', labelled),
      approvalFact({ ...second, generation: 3 }),
      decisionFact({ ...second, generation: 3 }),
      changeFact('candidate', { ...second, generation: 3 }),
      changeFact('aborted', { ...rollout, generation: 4 }),
      approvalFact({ ...second, generation: 5 }),
      decisionFact({ ...second, generation: 5 }),
      changeFact('promoted', { ...second, generation: 5 }),
      changeFact('rolledBack', { ...rollout, generation: 6 }),
    ]);
    const { rows } = await admin.query(
      `select version, current, generation::int, to_char(since at time zone 'UTC', 'DD') as since, to_char(until at time zone 'UTC', 'DD') as until
       from v_deployment where model = 'flight-delay' order by generation`,
    );
    expect(rows).toEqual([
      { version: 1, current: false, generation: 2, since: '02', until: '05' },
      { version: 2, current: false, generation: 5, since: '05', until: '06' },
      { version: 1, current: true, generation: 6, since: '06', until: null },
    ]);
  });

  it('marks how far monitoring has looked, and how many windows in a row were bad, also up to an earlier one', async () => {
    const endpoint = { model: 'flight-delay', environment: 'production' };
    expect(await stores.registry.monitorMark(endpoint)).toEqual({ watermark: null, badWindows: 0, verdict: null });
    await stores.ledger.appendAll([monitorFact('flight-delay', 1, true), monitorFact('flight-delay', 2, false)]);
    expect((await stores.registry.monitorMark(endpoint)).badWindows).toBe(0);
    await stores.ledger.appendAll([monitorFact('flight-delay', 3, true), monitorFact('flight-delay', 4, true)]);
    const mark = { watermark: '2001-04-05T00:00:00.000Z', badWindows: 2 };
    expect(await stores.registry.monitorMark(endpoint)).toMatchObject(mark);
    const before = { watermark: '2001-04-04T00:00:00.000Z', badWindows: 1 };
    expect(await stores.registry.monitorMark(endpoint, '2001-04-04')).toMatchObject(before);
  });

  it('says how much of its lineage is left out where that is more than one graph holds', async () => {
    const made = digestOf('of many');
    const edges = Array.from({ length: 600 }, (_, i) => ({
      from: `source:many/${i}`,
      to: made,
      relation: 'collected' as const,
    }));
    await stores.ledger.append({ ...datasetFact('of-many', 'of many'), edges });
    const { nodes, leftOut } = await stores.ledger.lineage('of-many');
    expect([nodes.length, leftOut]).toEqual([500, 101]);
    expect((await stores.ledger.lineage('flights')).leftOut).toBe(0);
  });

  it('names every artifact once', async () => {
    const found: string[] = [];
    for await (const batch of stores.ledger.artifacts()) found.push(...batch.map((artifact) => artifact.digest));
    expect(found).toContain(segmentOf('one').digest);
    expect(new Set(found).size).toBe(found.length);
  });
});

describe('a cursor', () => {
  it('gets every fact in order, as it was appended, and then waits at the end', async () => {
    const read: RecordedFact[] = [];
    for (let page = await stores.ledger.since(0, 7); page.length > 0; ) {
      expect(page.length).toBeLessThanOrEqual(7);
      read.push(...page);
      page = await stores.ledger.since(read.at(-1)?.seq ?? 0, 7);
    }
    expect(read.map(({ seq }) => seq)).toEqual(read.map((_, i) => i + 1));
    expect(read.length).toBe((await stores.ledger.verify()).facts);
    const appended = datasetFact('read-back', 'a', { from: 'source:a' });
    const { seq, hash } = await stores.ledger.append(appended);
    const [found, ...more] = await stores.ledger.since(seq - 1);
    expect(more).toEqual([]);
    expect(found).toEqual({ seq, hash, recordedAt: expect.stringMatching(/^\d{4}-.*Z$/), fact: Fact.parse(appended) });
    expect(await stores.ledger.since(seq)).toEqual([]);
  });
});

const production = (model: string) => ({ model, environment: 'production' });

describe('predictions and outcomes', () => {
  it('are known by day, with what came since a day was looked at', async () => {
    const of = production('looked');
    const day = (prefix: string, count: number) =>
      predictions('looked', count, { prefix, day: '2001-04-03T06:00:00Z' });
    const first = await stores.predictions.appendSegment(segmentOf('looked 1'), day('a', 3));
    const seen = { rows: 3, lastSeq: first.seq };
    await stores.ledger.append(lookFact('looked', 3, seen));
    expect(await stores.predictions.days(of)).toEqual([{ day: '2001-04-03', ...seen, judged: seen }]);
    const second = await stores.predictions.appendSegment(segmentOf('looked 2'), day('b', 4));
    const grown = { day: '2001-04-03', rows: 7, lastSeq: second.seq, judged: seen };
    expect(await stores.predictions.days(of)).toEqual([grown]);
  });

  it('are indexed, tens of thousands in seconds, and the same segment again is nothing new', async () => {
    const many = predictions('fast', 30_000, { prefix: 'fast' });
    const started = Date.now();
    const first = await stores.predictions.appendSegment(segmentOf('fast'), many);
    const seconds = (Date.now() - started) / 1000;
    expect(seconds).toBeLessThan(15);
    expect(await stores.predictions.appendSegment(segmentOf('fast'), many)).toEqual({ ...first, isNew: false });
    const logged = { rows: 10_000, lastSeq: first.seq, judged: null };
    expect(await stores.predictions.days(production('fast'))).toEqual(
      ['2001-04-18', '2001-04-19', '2001-04-20'].map((day) => ({ day, ...logged })),
    );
    expect(await stores.predictions.days({ model: 'fast', environment: 'staging' })).toEqual([]);
    await expect(admin.query('delete from mlops.prediction')).rejects.toMatchObject({ code: 'ML002' });
    await expect(admin.query('truncate mlops.prediction_rest')).rejects.toMatchObject({ code: 'ML002' });
  });

  it('are taken from many writers at once', async () => {
    const days = Array.from({ length: 8 }, (_, i) => `2002-01-0${1 + (i % 4)}T00:00:00.000Z`);
    const segments = days.map((day, i) =>
      stores.predictions.appendSegment(segmentOf(`day ${i}`), predictions('days', 50, { prefix: `d${i}`, day })),
    );
    await Promise.all(segments);
    const { rows } = await admin.query(`select count(*)::int as rows from v_prediction_log where model = 'days'`);
    expect(rows).toEqual([{ rows: 400 }]);
    expect(
      await stores.predictions.segments({
        model: 'days',
        environment: 'production',
        from: '2002-01-01T00:00:00Z',
        to: '2002-01-02T00:00:00Z',
      }),
    ).toHaveLength(2);
  });

  it.each(['yesterday', '2001-02-30T00:00:00Z', '0000-01-01', '2001-13-01'])(
    'are logged at their answer when "%s" is their time',
    async (day) => {
      await stores.predictions.appendSegment(
        segmentOf(`odd ${day}`),
        predictions('odd', 1, { prefix: `odd ${day}`, day }),
      );
      const found = await stores.predictions.days(production('odd'));
      expect(found.map((logged) => logged.day)).toEqual(['2001-04-18']);
    },
  );

  it('of days that have not come yet are no days of the log', async () => {
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    await stores.predictions.appendSegment(segmentOf('future'), [
      ...predictions('future', 1, { prefix: 'past', day: '2001-04-18T06:00:00.000Z' }),
      ...predictions('future', 1, { prefix: 'soon', day: soon }),
      ...predictions('future', 1, { prefix: 'far', day: '2999-12-31T00:00:00.000Z' }),
    ]);
    await stores.predictions.appendSegment(
      segmentOf('only future'),
      predictions('only-future', 1, { prefix: 'only', day: soon }),
    );
    expect(await stores.predictions.days(production('future'))).toMatchObject([{ day: '2001-04-18', rows: 1 }]);
    expect(await stores.predictions.days(production('only-future'))).toEqual([]);
    expect(
      await stores.predictions.segments({
        model: 'future',
        environment: 'production',
        from: '2999-12-31',
        to: '3000-01-01',
      }),
    ).toHaveLength(1);
  });

  it('have outcomes by the thousand, and the same batch again is nothing new', async () => {
    const origin = { workflowId: 'lifecycle/fast', step: 'outcomes' };
    const given = Array.from({ length: 6000 }, (_, i) => ({ requestId: `fast-${i}`, outcome: i % 2 }));
    const batch = batchOf(given, { model: 'fast' });
    const first = await stores.predictions.recordOutcomes(batch, origin);
    expect(await stores.predictions.recordOutcomes(batch, origin)).toEqual({ ...first, isNew: false });
    const { outcomes, repeated } = await knownOutcomes(stores.predictions, {
      model: 'fast',
      environment: 'production',
      from: '2001-04-18T00:00:00Z',
      to: '2001-04-19T00:00:00Z',
    });
    const of = (i: number) => outcomes.get(predictionIdAt('2001-04-18T09:00:00.000Z', `fast ${i}`));
    expect([outcomes.size, of(0), of(3), repeated.size]).toEqual([2000, 0, 1, 0]);
  });

  it('agree with their facts', async () => {
    expect((await stores.ledger.verify()).faults).toEqual([]);
  });
});
