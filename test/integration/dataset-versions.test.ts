import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createCollectActivities } from '../../activities/collect.js';
import { createLabelActivities } from '../../activities/label.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { CollectInput, LabelInput } from '../../schemas/index.js';
import { type DataFixture, dataFixture, refusal } from './data-fixture.js';

const schema = `versions_${process.pid}`;
const origin = { workflowId: 'collect/trips', step: 'collect' };
let data: DataFixture;
let stores: PostgresStores;
beforeAll(async () => {
  data = dataFixture();
  await migrate(inject('databaseUrl'), schema);
  stores = await openStores({ databaseUrl: inject('databaseUrl'), schema });
});
afterAll(async () => {
  await stores?.close();
  data.close();
});

const collect = (path: string, more: Record<string, unknown> = {}) => {
  const { collect } = createCollectActivities({ ...data.ports, ...stores });
  return collect(CollectInput.parse({ dataset: 'trips', sources: [{ name: 't', path }], ...more }), origin);
};

it('gives equal content one version, whatever it was made from and checked by', async () => {
  data.write('one.csv', 'at,fare\n2001-01-01 10:00,1\n2001-01-01 11:00,2\n');
  data.write('same.jsonl', '{"at":"2001-01-01T10:00:00","fare":1}\n{"at":"2001-01-01T11:00:00","fare":2}\n');
  data.write('two.csv', 'at,fare\n2001-01-01 10:00,1\n2001-01-01 11:00,3\n');
  const first = await collect('one.csv');
  const again = await collect('same.jsonl', {
    expectations: [{ kind: 'range', column: 'fare', max: 1, severity: 'warn' }],
  });
  expect(first).toMatchObject({ dataset: { name: 'trips', version: 1 }, isNew: true });
  expect(again).toMatchObject({ dataset: first.dataset, isNew: false, validation: { passed: false } });
  expect((await collect('two.csv')).dataset.version).toBe(2);
  expect(await stores.registry.datasetVersion('trips')).toMatchObject({ version: 2, rows: 2, labelled: false });
});

it('reads a later collection by what the newest version knows, and says what is no longer so', async () => {
  const pinnedBy = (path: string, evolution: string) => collect(path, { dataset: 'pinned', evolution });
  data.write('day-first.csv', 'at,code,fare\n31/12/2000,A1,1\n');
  data.write('either.csv', 'at,code,fare\n01/02/2001,7,\n');
  data.write('free.csv', 'at,code,fare,tip\n01/02/2001,7,free,1\n');
  await pinnedBy('day-first.csv', 'fail');
  const later = await pinnedBy('either.csv', 'fail');
  expect(later.columns).toMatchObject([{ type: 'timestamp' }, { type: 'string' }, { type: 'integer' }]);
  expect(later.schemaChanges).toEqual([]);
  const refused = await refusal(pinnedBy('free.csv', 'fail'));
  expect(refused.code).toBe('SCHEMA_CHANGED');
  expect(refused.message).toContain('"fare" is string and was integer (first in free.csv: line 2)');
  const changes = [
    { kind: 'retyped', column: 'fare' },
    { kind: 'added', column: 'tip' },
  ];
  const warned = await pinnedBy('free.csv', 'warn');
  const adapted = await pinnedBy('free.csv', 'adapt');
  expect([warned.schemaChanges, adapted.schemaChanges]).toMatchObject([changes, changes]);
  expect(adapted).toMatchObject({ dataset: warned.dataset, isNew: false });
  expect((await pinnedBy('free.csv', 'fail')).schemaChanges).toEqual([]);
  expect((await pinnedBy('day-first.csv', 'warn')).schemaChanges).toMatchObject([{ kind: 'removed', column: 'tip' }]);
  expect((await pinnedBy('free.csv', 'fail')).dataset.version).toBe(warned.dataset.version);
});

it('takes for the newest what was collected or labelled last, also where its content was known', async () => {
  const { label } = createLabelActivities({ ...data.ports, ...stores });
  const by = (executionId: string) => ({ ...origin, executionId });
  const collectUnder = (path: string, executionId: string) => {
    const { collect: again } = createCollectActivities({ ...data.ports, ...stores });
    return again(CollectInput.parse({ dataset: 'again', sources: [{ name: 't', path }] }), by(executionId));
  };
  const newest = async (name: string) => (await stores.registry.datasetVersion(name))?.version;
  for (const [path, execution, version] of [
    ['one.csv', 'a', 1],
    ['two.csv', 'b', 2],
    ['one.csv', 'c', 1],
  ] as const) {
    expect((await collectUnder(path, execution)).dataset.version).toBe(version);
    expect(await newest('again')).toBe(version);
  }
  const labelled = await label(
    LabelInput.parse({ dataset: { name: 'again' }, rule: 'fare = 2', knownAt: '"at"' }),
    by('l'),
  );
  expect(labelled).toMatchObject({ labelMean: 0.5 });
  await collectUnder('two.csv', 'd');
  await collectUnder('one.csv', 'c'); // the same activity, tried again after others came
  expect(await newest('again')).toBe(2);
  await collectUnder('two.csv', 'e');
  await collectUnder('one.csv', 'f');
  expect(await newest('again')).toBe(1);
  expect((await stores.ledger.lineage('again')).asked).toContain('dataset:again@1');
  const facts = (await stores.ledger.since(0)).filter(
    ({ fact }) => fact.kind === 'newestDataset' && fact.body.dataset === 'again',
  );
  expect(facts).toHaveLength(3);
  expect((await stores.ledger.verify()).faults).toEqual([]);
});

it('labels the version that was named, and can say what made it', async () => {
  const { label } = createLabelActivities({ ...data.ports, ...stores });
  const ask = (version?: number) =>
    label(LabelInput.parse({ dataset: { name: 'trips', version }, rule: 'fare > 1', knownAt: '"at"' }), origin);
  const [first, newest] = [await ask(1), await ask()];
  expect([first.dataset, newest.dataset]).toMatchObject([
    { name: 'trips-labelled', version: 1 },
    { name: 'trips-labelled', version: 2 },
  ]);
  expect(await ask()).toMatchObject({ dataset: newest.dataset, isNew: false });
  expect(await stores.registry.datasetVersion('trips-labelled', 1)).toMatchObject({
    labelled: true,
    digest: first.dataset.digest,
  });
  expect(JSON.stringify(await stores.ledger.lineage('trips-labelled@1'))).toContain('"label":"one.csv#');
  expect(await refusal(ask(9))).toMatchObject({ code: 'DATASET_NOT_FOUND' });
  expect((await stores.ledger.verify()).faults).toEqual([]);
});

it("never adds a rule's labels to a name that another rule made", async () => {
  const { label } = createLabelActivities({ ...data.ports, ...stores });
  const ask = (more: Record<string, unknown>) =>
    label(LabelInput.parse({ dataset: { name: 'trips' }, knownAt: '"at"', ...more }), origin);
  const first = await ask({ rule: 'fare > 1' });
  const other = await ask({ rule: 'fare > 2' });
  expect(first.dataset.name).toBe('trips-labelled');
  expect(other.dataset).toMatchObject({ name: expect.stringMatching(/^trips-labelled-[0-9a-f]{8}$/), version: 1 });
  expect((await ask({ rule: 'fare > 2' })).dataset).toEqual(other.dataset);
  expect((await ask({ rule: 'fare > 1' })).dataset).toEqual(first.dataset);
  expect(await stores.registry.datasetVersion('trips-labelled')).toMatchObject({ digest: first.dataset.digest });
});

it('refuses a name that was asked for and holds what another rule made, or no labels at all', async () => {
  const { label } = createLabelActivities({ ...data.ports, ...stores });
  const ask = (rule: string, output: string) =>
    label(LabelInput.parse({ dataset: { name: 'trips' }, knownAt: '"at"', rule, output }), origin);
  const made = await ask('fare > 1', 'dear');
  expect((await ask('fare > 1', 'dear')).dataset).toEqual(made.dataset);
  expect(await refusal(ask('fare > 2', 'dear'))).toMatchObject({ code: 'LABEL_INVALID' });
  expect(await refusal(ask('fare > 1', 'trips'))).toMatchObject({ code: 'LABEL_INVALID' });
});
