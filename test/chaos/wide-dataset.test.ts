import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, openWholeLife } from '../life/whole-life.js';

const width = 2000;
/** Numbers, texts, whole numbers with gaps and numbers far from zero, one after the other. */
const kinds = [
  (i: number) => `(r * ${i + 1}) % 101 / 10.0`,
  (i: number) => `'c' || ((r * ${i + 1}) % 7)`,
  (i: number) => `CASE WHEN (r + ${i}) % 9 = 0 THEN NULL ELSE (r * ${i + 1}) % 13 END`,
  (i: number) => `1700000000.5 + (r * ${i + 1}) % 60`,
];
const columns = Array.from({ length: width }, (_, i) => `${kinds[i % kinds.length]!(i)} AS "column ${i}"`);
/** A column that is the same in every row says nothing, and is no feature; one that also lacks values says that. */
const isConstant = (i: number) =>
  [101, 7, Number.POSITIVE_INFINITY, 60].some((m, kind) => i % 4 === kind && (i + 1) % m === 0);
const features = columns.filter((_, i) => !isConstant(i)).length;
const query = `SELECT (r * 7919) % 1009 > 500 AS y, ${columns.join(', ')} FROM range(240) t(r)`;

let life: Awaited<ReturnType<typeof openWholeLife>>;
beforeAll(async () => {
  life = await openWholeLife('wide');
});
afterAll(() => life?.close());

describe('a dataset of 2,000 columns', () => {
  it('passes the whole life, and every stage ends with a message that fits', async () => {
    const { collected, labelled, plan, best, version, golden, answers } = await life.live('wide', {
      query,
      label: { rule: 'y', knownAt: "TIMESTAMP '2001-01-01'" },
      train: { search: { trainers: ['linear', 'gbt'], trials: 2, parameters: { gbt: { trees: 10 } } } },
    });
    expect([collected.columnCount, best.featureCount, version.inputCount]).toEqual([width + 1, features, features]);
    for (const result of [collected, labelled, plan, best, version]) expect(bytesOf(result)).toBeLessThan(200_000);
    expect(answers).toEqual(golden.expected.map((expected) => expect.closeTo(expected, 5)));
  }, 1_200_000);
});
