import { failure } from '../../../schemas/index.js';
import { quoteName } from '../sql-quote.js';
import type { SplitRule, Splitting } from './splitting.js';

/**
 * Rows of a dataset without a time, by a hash of the seed and the row's number: a file that is sorted by its label, or by
 * anything, gives splits that are alike. Of a yes or no each split gets its share of both, and at least one row of each
 * where there are three. The same seed gives the same rows on every machine.
 */
export function splitByHash({ roles, task, input: { split, seed } }: Splitting): SplitRule {
  if ('validationFrom' in split)
    throw failure('InvalidInput', 'The dataset has no time column: split by "validationShare" and "testShare".');
  const { validationShare, testShare } = split;
  const label = quoteName(roles.label);
  const strata = task === 'binary' ? `PARTITION BY ${label}` : '';
  const order = `ORDER BY md5_number_lower('${seed}:split:' || rowid), rowid`;
  const ranked = `SELECT rowid AS r, row_number() OVER (${strata} ${order}) AS n, count(*) OVER (${strata}) AS rows
    FROM dataset WHERE ${label} IS NOT NULL`;
  const test = `greatest(1, least(round(rows * ${testShare}), rows - 2))`;
  const validation = `greatest(1, least(round(rows * ${validationShare}), rows - 1 - test))`;
  const sized = `SELECT r, n, rows, test, ${validation} AS validation FROM (SELECT *, ${test} AS test FROM (${ranked}))`;
  return {
    by: 'hash',
    rows: `SELECT r, CASE WHEN n <= rows - test - validation THEN 0 WHEN n <= rows - test THEN 1 ELSE 2 END AS s,
      NULL::VARCHAR AS why FROM (${sized})`,
    instants: null,
    words: `the dataset has no time column: ${percent(validationShare)} of its rows are the validation and ${percent(testShare)} the test, drawn by a hash of the seed ${seed} and the row's number${task === 'binary' ? ', of both labels alike' : ''}`,
  };
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
