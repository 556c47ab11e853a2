import { type CheckedTrainInput, type ColumnRoles, failure } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { quoteInstant, quoteName, quoteText } from '../sql-quote.js';

export const splitNames = ['train', 'validation', 'test'] as const;
export type RowCounts = Record<(typeof splitNames)[number], number>;

export interface PickedRows {
  readonly rows: RowCounts;
  /** UTC ISO: no row from here on is learnt from or chosen by; null where the dataset has no time */
  readonly testFrom: string | null;
  /** how many labelled rows are in no split, and why; sentences */
  readonly leftOut: string[];
}

/**
 * Chooses the rows of each split into `mlops.picked` (row id, split 0–2).
 *
 * Point in time: a row may be learnt from only if its label was known when the split ends. Training rows happened
 * before `validationFrom` and were known by then; validation rows before `testFrom`, likewise. Shares of a dataset with
 * a time column become two instants, and the same rule.
 *
 * Errors: SPLIT_EMPTY naming the ranges · InvalidInput for instants without a time column.
 */
export async function pickRows(database: Database, roles: ColumnRoles, input: CheckedTrainInput): Promise<PickedRows> {
  const boundaries = await boundariesOf(database, roles, input.split);
  await database.run(
    `CREATE TABLE mlops.split AS SELECT rowid AS r, ${boundaries.split} AS s FROM dataset WHERE ${quoteName(roles.label)} IS NOT NULL`,
  );
  const found = await counts(database, 'mlops.split');
  const empty = splitNames.find((name) => found[name] === 0);
  if (empty !== undefined)
    throw failure('SPLIT_EMPTY', `No row is left for ${empty}: ${boundaries.words}.`, { split: empty, rows: found });
  await sample(database, input, Math.max(...Object.values(found)) > input.maxRows);
  return {
    rows: await counts(database, 'mlops.picked'),
    testFrom: await textOf(database, boundaries.testFrom),
    leftOut: roles.time === null ? [] : await leftOutOf(database, roles.time, roles.knownAt),
  };
}

/** Without a time column every row is in a split. */
async function leftOutOf(database: Database, time: string, knownAt: string): Promise<string[]> {
  const [t, known] = [`d.${quoteName(time)}`, `d.${quoteName(knownAt)}`];
  const reasons: [string, string][] = [
    [`${t} IS NULL`, `have no ${time}`],
    [`${t} IS NOT NULL AND ${known} IS NULL`, 'do not say when their label became known'],
    [
      `${t} IS NOT NULL AND ${known} IS NOT NULL`,
      'had no label yet when their split ended, or happened after the last one',
    ],
  ];
  const counted = reasons.map(([is], at) => `count(*) FILTER (s IS NULL AND ${is})::DOUBLE AS n${at}`).join(', ');
  const row = await database.row(
    `SELECT count(*)::DOUBLE AS rows, ${counted} FROM mlops.split JOIN dataset d ON d.rowid = r`,
  );
  return reasons.flatMap(([, why], at) =>
    row[`n${at}`] === 0 ? [] : [`${row[`n${at}`]} of ${row.rows} rows ${why}: in no split`],
  );
}

async function textOf(database: Database, instant: string | null): Promise<string | null> {
  if (instant === null) return null;
  const { text } = await database.row(`SELECT strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%fZ') AS text`);
  return String(text);
}

/** Sampled by a hash of seed and row number, not by chance: the same rows on every machine, with any number of threads. */
async function sample(database: Database, { seed, maxRows }: CheckedTrainInput, isNeeded: boolean): Promise<void> {
  const rank = `row_number() OVER (PARTITION BY s ORDER BY ${sampleOrder(seed)})`;
  const some = `SELECT r, s FROM (SELECT r, s, ${rank} AS n FROM mlops.split WHERE s IS NOT NULL) WHERE n <= ${maxRows}`;
  const all = 'SELECT r, s FROM mlops.split WHERE s IS NOT NULL';
  await database.run(`CREATE TABLE mlops.picked AS ${isNeeded ? some : all} ORDER BY s, r`);
}

export const sampleOrder = (seed: number): string => `md5('${seed}:' || r), r`;

async function counts(database: Database, table: string): Promise<RowCounts> {
  const count = splitNames.map((name, index) => `count(*) FILTER (s = ${index})::DOUBLE AS ${name}`).join(', ');
  const row = await database.row(`SELECT ${count} FROM ${table}`);
  return { train: Number(row.train), validation: Number(row.validation), test: Number(row.test) };
}

interface Boundaries {
  /** 0, 1, 2 or null for a row, in SQL */
  readonly split: string;
  /** where the test begins, in SQL; null without a time column */
  readonly testFrom: string | null;
  readonly words: string;
}

async function boundariesOf(
  database: Database,
  roles: ColumnRoles,
  split: CheckedTrainInput['split'],
): Promise<Boundaries> {
  if (!('validationFrom' in split)) {
    const { validationShare, testShare } = split;
    const ends: [number, number] = [1 - validationShare - testShare, 1 - testShare];
    return roles.time === null
      ? byRowNumber(database, ends)
      : byTime(database, roles, await instantsAt(database, roles.time, ends));
  }
  if (roles.time === null)
    throw failure('InvalidInput', 'The dataset has no time column: split by "validationShare" and "testShare".');
  const to = split.testTo === undefined ? undefined : quoteInstant(split.testTo);
  return byTime(database, roles, [quoteInstant(split.validationFrom), quoteInstant(split.testFrom), to]);
}

async function byRowNumber(database: Database, ends: [number, number]): Promise<Boundaries> {
  const { n } = await database.row('SELECT count(*)::DOUBLE AS n FROM dataset');
  const [first, second] = ends.map((share) => Math.round(Number(n) * share));
  const split = `CASE WHEN rowid < ${first} THEN 0 WHEN rowid < ${second} THEN 1 ELSE 2 END`;
  return { split, testFrom: null, words: `${n} rows, validation from row ${first}, test from row ${second}` };
}

async function instantsAt(database: Database, time: string, ends: [number, number]): Promise<string[]> {
  const t = quoteName(time);
  const instants = ends.map(
    (share, index) => `epoch_us(quantile_disc(${t}, ${share.toFixed(6)}))::VARCHAR AS i${index}`,
  );
  const row = await database.row(`SELECT ${instants.join(', ')} FROM dataset WHERE isfinite(${t})`);
  if (row.i0 === null) throw failure('SPLIT_EMPTY', `Column "${time}" is null in every row.`, { column: time });
  return [`make_timestamp(${String(row.i0)})`, `make_timestamp(${String(row.i1)})`];
}

async function byTime(
  database: Database,
  { time, knownAt }: ColumnRoles,
  instants: readonly (string | undefined)[],
): Promise<Boundaries> {
  const [validationFrom, testFrom, testTo] = instants;
  const t = quoteName(time ?? '');
  const known = quoteName(knownAt);
  const beforeTo = testTo === undefined ? '' : ` AND ${t} < ${testTo}`;
  const split = `CASE WHEN ${t} < ${validationFrom} AND ${known} <= ${validationFrom} THEN 0
    WHEN ${t} >= ${validationFrom} AND ${t} < ${testFrom} AND ${known} <= ${testFrom} THEN 1
    WHEN ${t} >= ${testFrom}${beforeTo} THEN 2 END`;
  const text = (instant: string) => `(${instant})::VARCHAR`;
  const words = [
    quoteText(`train is ${time} < `),
    text(`${validationFrom}`),
    quoteText(' with a label known by then, validation up to '),
    text(`${testFrom}`),
    quoteText(' likewise, test from there'),
    ...(testTo === undefined ? [] : [quoteText(' to '), text(testTo)]),
    quoteText('; the data spans '),
    `coalesce(min(${t})::DATE::VARCHAR, 'nothing')`,
    quoteText(' to '),
    `coalesce(max(${t})::DATE::VARCHAR, 'nothing')`,
  ];
  return {
    split,
    testFrom: testFrom ?? null,
    words: String((await database.row(`SELECT ${words.join(' || ')} AS words FROM dataset`)).words),
  };
}
