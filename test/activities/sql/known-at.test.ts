import { mkdirSync, mkdtempSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { labelJob } from '../../../activities/sql/jobs/label.js';
import { matrixJob } from '../../../activities/sql/jobs/matrix.js';
import { ruleJob } from '../../../activities/sql/jobs/rule.js';
import { type DatasetFiles, type LabelJob, SqlLimits } from '../../../activities/sql/sql-job.js';
import { TrainInput } from '../../../schemas/index.js';
import { sourceFolder } from './collected.js';
import { queried } from './queried.js';

const folder = sourceFolder();
afterAll(() => folder.close());

const limits = SqlLimits.parse({ memoryMb: 256 });
const collectedAt = '2026-01-02T03:04:05.000006Z';
const jobFolder = () => {
  const directory = mkdtempSync(folder.path('stage-'));
  mkdirSync(`${directory}/out`);
  return directory;
};

async function dataset(query: string): Promise<DatasetFiles> {
  await folder.parquet('rows.parquet', query);
  const { content } = await folder.collect('rows.parquet');
  return { columns: content.columns, files: content.parts.map(({ file }) => file) };
}

async function labelled(rows: DatasetFiles, time: string | null, knownAt?: string) {
  const { file } = await ruleJob({
    kind: 'rule',
    directory: jobFolder(),
    limits,
    dataset: rows,
    rule: 'i % 2',
    knownAt,
  });
  return answered(rows, time, { path: file, format: 'parquet', labeller: 'rule' });
}

async function answered(rows: DatasetFiles, time: string | null, answers: LabelJob['answers']) {
  const done = await labelJob({
    kind: 'label',
    directory: jobFolder(),
    limits,
    dataset: rows,
    answers,
    roles: { label: 'label', knownAt: 'known_at', time, outcome: [] },
    asOf: null,
    task: null,
    collectedAt,
  });
  const files = done.content.parts.map((part) => part.file);
  const times = await queried(
    `SELECT DISTINCT known_at::VARCHAR AS t FROM read_parquet(['${files.join("','")}']) ORDER BY 1`,
  );
  return { ...done, dataset: { columns: done.content.columns, files }, times: times.map(({ t }) => t) };
}

const timed = `SELECT i, CASE WHEN i % 3 > 0 THEN TIMESTAMP '2024-01-01' + to_days(i::INTEGER) END AS departure FROM range(90) t(i)`;

describe('when a label became known', () => {
  it('is what the rule says, where it says something', async () => {
    const done = await labelled(await dataset(timed), 'departure', 'departure + to_hours(1)');
    expect(done).toMatchObject({ knownAtFrom: 'labeler', withoutTime: 30, withoutKnownAt: 30 });
    expect(done.times[0]).toBe('2024-01-02 01:00:00');
  });

  it("is the row's own time, where the rule does not say it", async () => {
    const done = await labelled(await dataset(timed), 'departure');
    expect(done).toMatchObject({ knownAtFrom: 'timeColumn', withoutTime: 30, withoutKnownAt: 30 });
    expect(done.times[0]).toBe('2024-01-02 00:00:00');
  });

  it('is the moment of collection, where the rows have no time either', async () => {
    const done = await labelled(await dataset('SELECT i FROM range(10) t(i)'), null);
    expect(done).toMatchObject({ knownAtFrom: 'collection', withoutTime: 0, withoutKnownAt: 0 });
    expect(done.times).toEqual(['2026-01-02 03:04:05.000006']);
  });

  it.each(['known_at', 'Known_At'])('is what answers say, in whatever letters: %s', async (name) => {
    await folder.parquet(
      'answers.parquet',
      `SELECT 0 AS "row", 1 AS label, TIMESTAMP '2025-01-01' AS "${name}", 'ann' AS Labeller`,
    );
    const done = await answered(await dataset('SELECT i FROM range(10) t(i)'), null, {
      path: folder.path('answers.parquet'),
      format: 'parquet',
      labeller: 'rule',
    });
    expect(done).toMatchObject({ knownAtFrom: 'labeler', labelledBy: [{ labeller: 'ann', rows: 1 }] });
    expect(done.times).toEqual(['2025-01-01 00:00:00']);
  });

  it('keeps rows out of every split by time where it or the time is missing, and their number is told', async () => {
    const query = `SELECT i, i % 7 AS x, 0.1 AS same, CASE WHEN i % 3 > 0 THEN TIMESTAMP '2024-01-01' + to_hours(i::INTEGER) END AS departure FROM range(300) t(i)`;
    const done = await labelled(
      await dataset(query),
      'departure',
      'CASE WHEN i % 5 > 0 THEN departure + to_hours(2) END',
    );
    const input = TrainInput.parse({ model: 'm', dataset: { name: 'd' }, features: ['x', 'same'] });
    const roles = { label: 'label', knownAt: 'known_at', time: 'departure', outcome: [] };
    const { meta } = await matrixJob({
      kind: 'matrix',
      directory: jobFolder(),
      limits,
      dataset: done.dataset,
      roles,
      input,
    });
    expect(meta.refused).toContainEqual({ column: 'same', reason: 'is constant in the training rows' });
    expect(meta.split.leftOut).toEqual({ withoutTime: 100, labelNotKnownInTime: 42, afterTest: 0, sampledOut: 0 });
  });
});
