import { type CheckedTrainInput, failure, type SplitReport } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { resolver } from '../moment.js';
import { quoteInstant, quoteName } from '../sql-quote.js';
import type { SplitRule, Splitting } from './splitting.js';

/**
 * Point in time: a row may be learnt from only if its label was known when the split ends. Training rows happened
 * before `validationFrom` and were known by then; validation rows before `testFrom`, likewise. A label that nobody says when it
 * was known is in no split, in the test neither. Shares become two instants, and the same rule.
 */
export async function splitByTime(database: Database, splitting: Splitting, time: string): Promise<SplitRule> {
  const instants = await instantsOf(database, splitting, time);
  const [validationFrom, testFrom] = [quoteInstant(instants.validationFrom), quoteInstant(instants.testFrom)];
  const t = quoteName(time);
  const known = quoteName(splitting.roles.knownAt);
  const isAfter = instants.testTo === null ? 'false' : `${t} >= ${quoteInstant(instants.testTo)}`;
  const rows = `SELECT rowid AS r,
    CASE WHEN NOT coalesce(isfinite(${t}), false) OR ${isAfter} THEN NULL
      WHEN ${t} >= ${testFrom} AND ${known} IS NOT NULL THEN 2
      WHEN ${t} >= ${validationFrom} AND ${known} <= ${testFrom} THEN 1
      WHEN ${t} < ${validationFrom} AND ${known} <= ${validationFrom} THEN 0 END AS s,
    CASE WHEN NOT coalesce(isfinite(${t}), false) THEN 'withoutTime' WHEN ${isAfter} THEN 'afterTest'
      ELSE 'labelNotKnownInTime' END AS why
    FROM dataset WHERE ${quoteName(splitting.roles.label)} IS NOT NULL`;
  return { by: 'time', rows, instants, words: await wordsOf(database, instants, time) };
}

type Instants = NonNullable<SplitReport['instants']>;

async function instantsOf(database: Database, { input: { split } }: Splitting, time: string): Promise<Instants> {
  if (!('validationFrom' in split)) return instantsAt(database, time, split);
  const { validationFrom, testFrom, testTo } = split;
  const times = { table: 'dataset', expression: quoteName(time), name: time };
  const instant = await resolver(database, times, [validationFrom, testFrom, testTo]);
  return {
    validationFrom: instant(validationFrom),
    testFrom: instant(testFrom),
    testTo: testTo === undefined ? null : instant(testTo),
  };
}

/** Where shares of the rows begin. */
async function instantsAt(database: Database, time: string, { validationShare, testShare }: Shares): Promise<Instants> {
  const t = quoteName(time);
  const at = (share: number) => `strftime(quantile_disc(${t}, ${share.toFixed(6)}), '%Y-%m-%dT%H:%M:%S.%fZ')`;
  const { validationFrom, testFrom } = await database.row(
    `SELECT ${at(1 - validationShare - testShare)} AS "validationFrom", ${at(1 - testShare)} AS "testFrom" FROM dataset WHERE isfinite(${t})`,
  );
  if (validationFrom === null) throw failure('SPLIT_EMPTY', `Column "${time}" is null in every row.`, { column: time });
  return { validationFrom: String(validationFrom), testFrom: String(testFrom), testTo: null };
}

type Shares = Exclude<CheckedTrainInput['split'], { validationFrom: unknown }>;

async function wordsOf(database: Database, { validationFrom, testFrom, testTo }: Instants, time: string) {
  const t = quoteName(time);
  const { from, to } = await database.row(
    `SELECT min(${t})::DATE::VARCHAR AS "from", max(${t})::DATE::VARCHAR AS "to" FROM dataset`,
  );
  const end = testTo === null ? '' : ` to ${testTo}`;
  return (
    `train is ${time} < ${validationFrom} with a label known by then, validation up to ${testFrom} likewise, ` +
    `test from there${end}; the data spans ${from ?? 'nothing'} to ${to ?? 'nothing'}`
  );
}
