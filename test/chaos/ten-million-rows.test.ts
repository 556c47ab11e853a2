import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWholeLife } from '../life/whole-life.js';

const rows = 10_000_000;
const values = `(i * 7919) % 1009 / 10.0 AS x, ['a', 'b', 'c'][1 + i % 3] AS kind, (i * 6151) % 97 AS seats,
  (i * 7919) % 1009 > 500 AND i % 5 <> 0 AS y`;
const maxRows = 50_000;
const search = { trainers: ['baseline', 'gbt'], trials: 2, parameters: { gbt: { trees: 20 } } };

let life: Awaited<ReturnType<typeof openWholeLife>>;
beforeAll(async () => {
  life = await openWholeLife('ten_million');
});
afterAll(() => life?.close());

describe('a dataset of 10 million rows', () => {
  it.each([
    ['timed', `TIMESTAMP '2020-01-01' + to_seconds(i) AS "at", ${values}`, '"at"'],
    ['timeless', values, "TIMESTAMP '2020-01-01'"],
  ])(
    'passes the whole life: %s',
    async (model, selected, knownAt) => {
      const query = `SELECT ${selected} FROM range(${rows}) t(i)`;
      const { collected, labelled, best, answers } = await life.live(model, {
        query,
        label: { rule: 'y', knownAt },
        train: { maxRows, search },
      });
      expect([collected.rows, labelled.rows]).toEqual([rows, rows]);
      expect(best.rows).toEqual({ train: maxRows, validation: maxRows, test: maxRows });
      expect(best.split.leftOut.sampledOut).toBe(rows - 3 * maxRows);
      expect(best.beatsBaseline).toBe(true);
      expect(answers.length).toBeGreaterThan(10);
    },
    3_600_000,
  );
});
