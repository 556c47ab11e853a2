import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Labeler } from '../../activities/labelers/labeler.js';
import { type DataFixture, dataFixture, partsOf, refusal } from './data-fixture.js';

let data: DataFixture;
let flights: string;
beforeAll(async () => {
  data = dataFixture();
  data.write(
    'flights.csv',
    'departure,delay,distance,origin\n2001-01-01 10:00,20,100,A\n2001-01-01 11:00,5,200,B\n2001-01-01 12:00,,300,A\n2001-01-01 13:00,16,400,B\n',
  );
  flights = (await data.collect({ sources: [{ name: 'f', path: 'flights.csv' }] })).fact.digest;
});
afterAll(() => data.close());

const late = { rule: 'delay > 15', knownAt: 'departure + to_minutes(delay)' };

describe('label', () => {
  it('adds the label and when it became known, and leaves out rows without', async () => {
    const { result, fact } = await data.label(flights, late);
    expect(result).toMatchObject({
      rows: 3,
      unlabelled: 1,
      labelType: 'binary',
      labelMean: 2 / 3,
      outcomeColumns: ['delay'],
    });
    expect(fact).toMatchObject({
      body: { dataset: 'd-labelled', labelled: true },
      edges: [{ from: flights, to: fact.digest, relation: 'labelled' }],
    });
    expect(
      await data.rows(
        partsOf(fact),
        'SELECT delay::INT AS delay, label::INT AS label, known_at::VARCHAR AS known_at FROM $parts',
      ),
    ).toEqual([
      { delay: 20, label: 1, known_at: '2001-01-01 10:20:00' },
      { delay: 5, label: 0, known_at: '2001-01-01 11:05:00' },
      { delay: 16, label: 1, known_at: '2001-01-01 13:16:00' },
    ]);
    expect((await data.label(flights, late)).fact).toEqual(fact);
  });

  it('keeps the roles in the manifest', async () => {
    const { fact } = await data.label(flights, { ...late, labelColumn: 'is "late"', output: 'late-flights' });
    const manifest = JSON.parse((await data.ports.blobs.get(fact.digest)).toString('utf8'));
    expect(manifest.roles).toEqual({ label: 'is "late"', knownAt: 'known_at', time: 'departure', outcome: ['delay'] });
    expect(fact.key).toBe(`dataset/late-flights/${fact.digest}`);
  });

  it('tells a number from a class', async () => {
    expect((await data.label(flights, { ...late, rule: 'delay' })).result).toMatchObject({
      labelType: 'number',
      labelMean: 41 / 3,
    });
    expect(
      (await data.label(flights, { ...late, rule: 'case when delay > 15 then 1 else 0 end' })).result,
    ).toMatchObject({ labelType: 'binary', rows: 4 });
    const infinite = await data.label(flights, {
      ...late,
      rule: "case when delay > 15 then 'Infinity'::DOUBLE else delay end",
    });
    expect(infinite.result).toMatchObject({ rows: 1, unlabelled: 3 });
  });

  it('says what the labels are learnt as and why, and asks where they may be classes or a quantity', async () => {
    const values = '(i % 3)::DOUBLE AS grade, CASE i % 3 WHEN 2 THEN NULL ELSE (i % 3)::DOUBLE END AS churned';
    await data.parquet(
      'coded.parquet',
      `SELECT TIMESTAMP '2024-01-01' + to_hours(i) AS at, ${values} FROM range(60) t(i)`,
    );
    const { digest } = (await data.collect({ sources: [{ name: 'c', path: 'coded.parquet' }] })).fact;
    const by = (rule: string, more: object = {}) => data.label(digest, { rule, knownAt: '"at"', ...more });
    const churned = (await by('churned')).result;
    expect(churned).toMatchObject({ rows: 40, unlabelled: 20, labelType: 'binary', labelMean: 0.5, task: 'binary' });
    expect(churned.taskReason).toContain('0 or 1');
    expect((await by('churned', { task: 'regression' })).result).toMatchObject({
      labelType: 'number',
      task: 'regression',
      taskReason: '"task" says regression',
    });
    expect((await by('grade', { task: 'regression' })).result).toMatchObject({ labelType: 'number', rows: 60 });
    for (const rule of ['grade', 'churned + 1']) {
      const refused = await refusal(by(rule));
      expect(refused).toMatchObject({
        code: 'LABEL_INVALID',
        message: expect.stringContaining('"task": "regression"'),
      });
    }
    expect((await refusal(by('grade', { task: 'binary' }))).code).toBe('LABEL_INVALID');
  });

  it('leaves out what was not known yet', async () => {
    const known = await data.label(flights, { ...late, asOf: '2001-01-01T12:00:00Z' });
    const all = await data.label(flights, late);
    const times = "SELECT count(*)::INT AS rows, max(known_at) <= TIMESTAMP '2001-01-01 12:00' AS known FROM $parts";
    const [{ rows, known: isKnown } = {}] = (await data.rows(partsOf(known.fact), times)) as {
      rows: number;
      known: boolean;
    }[];
    expect(isKnown).toBe(true);
    expect(known.result).toMatchObject({ rows, unlabelled: 4 - rows! });
    expect(rows).toBeLessThan(all.result.rows);
    expect(known.result.labelledBy).toEqual([{ labeller: 'rule', rows }]);
  });

  it('labels with a text, one of several categories', async () => {
    const { result, fact } = await data.label(flights, {
      ...late,
      strategy: 'rule',
      rule: "case when delay > 15 then origin else '' end",
    });
    expect(result).toMatchObject({
      rows: 2,
      unlabelled: 2,
      labelType: 'category',
      labelMean: null,
      label: {
        kind: 'category',
        distinct: 2,
        categories: [
          { category: 'A', rows: 1 },
          { category: 'B', rows: 1 },
        ],
      },
      agreement: { labellers: 1, share: null },
      labelledBy: [{ labeller: 'rule', rows: 2 }],
    });
    expect(await data.rows(partsOf(fact), 'SELECT label FROM $parts')).toEqual([{ label: 'A' }, { label: 'B' }]);
    expect(await refusal(data.prepare(fact.digest))).toMatchObject({
      code: 'LABEL_INVALID',
      message: expect.stringContaining('one of several categories'),
    });
  });

  it("takes a team's own labelers, several of them, by the word in strategy", async () => {
    const answers = [
      { row: 0, label: true, known_at: '2001-01-02 10:00:00', labeller: 'ana' },
      { row: 3, label: false, known_at: '2001-01-02 11:00:00', labeller: 'ben' },
      { row: 1, label: null, known_at: null, labeller: 'ben' },
    ];
    const people = (lines: object[], outcomeColumns = ['DELAY']): Labeler => ({
      kind: 'people',
      options: z.strictObject({ strategy: z.literal('people'), guideline: z.string() }),
      open: async (_options, _dataset, { directory }) => {
        const path = join(directory, 'answers.jsonl');
        writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'));
        return {
          kind: 'labelled',
          answers: { path, format: 'jsonl' },
          outcomeColumns,
          agreement: { labellers: 2, share: 0.5 },
        };
      },
    });
    const asked = { strategy: 'people', guideline: 'late is late' };
    const { result, fact } = await data.label(flights, asked, [people(answers)]);
    expect(result).toMatchObject({
      rows: 2,
      unlabelled: 2,
      label: { kind: 'binary', positiveShare: 0.5 },
      outcomeColumns: ['delay'],
      agreement: { labellers: 2, share: 0.5 },
      labelledBy: [
        { labeller: 'ana', rows: 1 },
        { labeller: 'ben', rows: 1 },
      ],
    });
    expect(await data.rows(partsOf(fact), 'SELECT delay::INT AS delay, label::INT AS label FROM $parts')).toEqual([
      { delay: 20, label: 1 },
      { delay: 16, label: 0 },
    ]);
    const refused = (input: Record<string, unknown>, lines = answers) =>
      refusal(data.label(flights, input, [people(lines)]));
    expect(await refused({ strategy: 'crowd' })).toMatchObject({
      code: 'LABELER_UNKNOWN',
      message: expect.stringContaining('There are: people.'),
    });
    expect(await refused({ strategy: 'people' })).toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('guideline'),
    });
    expect(await refusal(data.label(flights, asked, [people(answers, ['dellay'])]))).toMatchObject({
      code: 'LABEL_INVALID',
      message: expect.stringContaining('"dellay"'),
    });
    for (const rows of [
      [...answers, ...answers],
      [...answers, { ...answers[0], row: 4 }],
    ])
      expect(await refused(asked, rows as typeof answers)).toMatchObject({ code: 'LABEL_INVALID' });
  });

  it('counts a time that only knownAt reads among the outcomes', async () => {
    data.write(
      'trips.csv',
      'start,arrival,paid\n2001-01-01 10:00,2001-01-01 11:00,true\n2001-01-02 10:00,2001-01-02 11:00,false\n',
    );
    const { fact } = await data.collect({ sources: [{ name: 't', path: 'trips.csv' }] });
    const labelled = await data.label(fact.digest, { rule: 'paid', knownAt: 'arrival', timeColumn: 'start' });
    expect(labelled.result.outcomeColumns).toEqual(['arrival', 'paid']);
    expect(await refusal(data.label(fact.digest, { rule: 'paid', knownAt: 'arrival' }))).toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('start, arrival'),
    });
  });

  it('says what is wrong with a rule', async () => {
    const ask = (input: Record<string, unknown>) => refusal(data.label(flights, { ...late, ...input }));
    expect(await ask({ rule: 'dellay > 15' })).toMatchObject({
      code: 'SQL_FAILED',
      message: expect.stringContaining('"delay"'),
    });
    expect(await ask({ rule: 'delay > 15; drop table dataset' })).toMatchObject({ code: 'SQL_REFUSED' });
    expect(await ask({ rule: '(select 1)' })).toMatchObject({ code: 'SQL_REFUSED' });
    for (const rule of [
      '#2 > 1',
      '(dataset).delay > 15',
      "dataset['delay'] > 15",
      "struct_extract(dataset, 'delay') > 15",
    ])
      expect([rule, await ask({ rule })]).toMatchObject([rule, { code: 'SQL_REFUSED' }]);
    expect(await ask({ rule: '[origin]' })).toMatchObject({
      code: 'LABEL_INVALID',
      message: expect.stringContaining('VARCHAR[]'),
    });
    expect(await ask({ rule: 'departure - departure' })).toMatchObject({
      code: 'LABEL_INVALID',
      message: expect.stringContaining('INTERVAL'),
    });
    expect(await ask({ rule: 'unnest([true, false])' })).toMatchObject({ code: 'LABEL_INVALID' });
    const oneTwiceOneNever = 'unnest(case rowid when 0 then [true, false] when 1 then [] else [true] end)';
    expect(await ask({ rule: oneTwiceOneNever })).toMatchObject({ code: 'LABEL_INVALID' });
    expect(await ask({ rule: 'generate_subscripts([1, 2], 1) = 1' })).toMatchObject({ code: 'LABEL_INVALID' });
    expect(await ask({ rule: 'null::boolean' })).toMatchObject({ code: 'LABEL_INVALID' });
    expect(await ask({ knownAt: 'distance' })).toMatchObject({
      code: 'LABEL_INVALID',
      message: expect.stringContaining('timestamp'),
    });
    expect(await ask({ labelColumn: 'origin' })).toMatchObject({ code: 'LABEL_INVALID' });
    expect(await ask({ timeColumn: 'distance' })).toMatchObject({ code: 'SCHEMA_CHANGED' });
    expect(await ask({ rule: "delay > (select count(*) from read_csv('/etc/passwd'))" })).toMatchObject({
      code: 'SQL_REFUSED',
    });
  });
});
