import { type Column, type Expectation, failure } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import type { CheckedExpectation } from '../sql-job.js';
import { quoteName, quoteText } from '../sql-quote.js';
import { expectationColumns, expectationName, failingRows, type RowExpectation } from './expectations.js';

export interface Validation {
  readonly rowsRead: number;
  readonly rowsQuarantined: number;
  readonly results: CheckedExpectation[];
}

/**
 * Holds the rows of a table against rules. Those of severity `quarantine` see every row; the rows they set aside land in `mlops.quarantine` (row id, names of
 * the rules). The other rules, and `rowCount`, see what is left: the rows of the dataset version.
 *
 * Errors: EXPECTATION_FAILED with rule, column and count; its `samples` are for the blob store alone · SCHEMA_CHANGED for a column that is not there.
 */
export async function validate(
  database: Database,
  expectations: readonly Expectation[],
  given: GivenRows,
): Promise<Validation> {
  requireColumns(expectations, given.columns);
  const rowsRead = await countOf(database, given.table);
  const rowsQuarantined = await quarantine(database, expectations, given);
  const results: CheckedExpectation[] = [];
  for (const expectation of expectations) results.push(await check(database, expectation, given));
  return { rowsRead, rowsQuarantined, results };
}

export interface GivenRows {
  readonly table: string;
  readonly columns: readonly Column[];
}

/** The rows of a table that stay. */
export const keptRows = (table: string): string =>
  `(SELECT *, rowid AS rowid FROM ${table} WHERE rowid NOT IN (SELECT r FROM mlops.quarantine))`;

export async function countOf(database: Database, table: string): Promise<number> {
  return Number((await database.row(`SELECT count(*)::DOUBLE AS n FROM ${table}`)).n);
}

function requireColumns(expectations: readonly Expectation[], columns: readonly Column[]): void {
  const names = new Set(columns.map((column) => column.name));
  for (const expectation of expectations.filter((e) => e.severity !== 'warn')) {
    const missing = expectationColumns(expectation).find((column) => !names.has(column));
    if (missing === undefined) continue;
    throw failure(
      'SCHEMA_CHANGED',
      `${expectationName(expectation)}: there is no column "${missing}". Columns: ${[...names].slice(0, 50).join(', ')}.`,
      {
        column: missing,
      },
    );
  }
}

async function quarantine(
  database: Database,
  expectations: readonly Expectation[],
  { table, columns }: GivenRows,
): Promise<number> {
  const rules = expectations.filter((e): e is RowExpectation => e.kind !== 'rowCount' && e.severity === 'quarantine');
  const failing = rules.map(
    (rule) => `SELECT r, ${quoteText(expectationName(rule))} AS rule FROM (${failingRows(rule, columns, table)})`,
  );
  const all = failing.length === 0 ? "SELECT 0::BIGINT AS r, '' AS rule WHERE false" : failing.join(' UNION ALL ');
  await database.run(
    `CREATE TABLE mlops.quarantine AS SELECT r, string_agg(DISTINCT rule, ', ' ORDER BY rule) AS failed_rules FROM (${all}) GROUP BY r ORDER BY r`,
  );
  return countOf(database, 'mlops.quarantine');
}

async function check(database: Database, expectation: Expectation, given: GivenRows): Promise<CheckedExpectation> {
  const result =
    expectation.kind === 'rowCount'
      ? await checkRowCount(database, expectation, given)
      : await checkRows(database, expectation, given);
  if (result.passed || expectation.severity !== 'fail') return result;
  throw failure('EXPECTATION_FAILED', `${expectationName(expectation)} does not hold: ${result.observed}.`, {
    rule: expectation.kind,
    columns: expectationColumns(expectation),
    failedRows: result.failedRows,
    observed: result.observed,
    samples: result.samples,
  });
}

async function checkRowCount(
  database: Database,
  expectation: Extract<Expectation, { kind: 'rowCount' }>,
  { table }: GivenRows,
): Promise<CheckedExpectation> {
  const rows = await countOf(database, keptRows(table));
  const passed = rows >= (expectation.min ?? 0) && rows <= (expectation.max ?? Number.POSITIVE_INFINITY);
  return { expectation, passed, failedRows: 0, observed: `${rows} rows`, samples: [] };
}

async function checkRows(
  database: Database,
  expectation: RowExpectation,
  given: GivenRows,
): Promise<CheckedExpectation> {
  const { columns } = given;
  const names = new Set(columns.map((column) => column.name));
  const missing = expectationColumns(expectation).find((column) => !names.has(column));
  const table = expectation.severity === 'quarantine' ? given.table : keptRows(given.table);
  const rows = await countOf(database, table);
  if (missing !== undefined)
    return { expectation, passed: false, failedRows: rows, observed: `there is no column "${missing}"`, samples: [] };
  const failing = failingRows(expectation, columns, table);
  const failedRows = await countOf(database, `(${failing})`);
  const observed = failedRows === 0 ? `${rows} rows` : `${failedRows} of ${rows} rows`;
  const samples =
    failedRows === 0 ? [] : await samplesOf(database, expectation, `FROM ${given.table} WHERE rowid IN (${failing})`);
  return { expectation, passed: failedRows === 0, failedRows, observed, samples };
}

/** Up to five different offending values, cut short. */
async function samplesOf(database: Database, expectation: RowExpectation, rowsOf: string): Promise<string[]> {
  const value = `concat_ws(' | ', ${expectationColumns(expectation).map((c) => `coalesce(left(${quoteName(c)}::VARCHAR, 40), 'null')`)})`;
  const rows = await database.rows(`SELECT DISTINCT ${value} AS v ${rowsOf} ORDER BY v LIMIT 5`);
  return rows.map((row) => String(row.v));
}
