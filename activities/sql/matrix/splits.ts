import { type CheckedTrainInput, failure, type SplitReport } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { splitByHash } from './split-by-hash.js';
import { splitByTime } from './split-by-time.js';
import type { Splitting } from './splitting.js';

export const splitNames = ['train', 'validation', 'test'] as const;
export type RowCounts = Record<(typeof splitNames)[number], number>;

export interface PickedRows {
  readonly rows: RowCounts;
  readonly split: SplitReport;
  /** UTC ISO: no row from here on is learnt from or chosen by; null where the dataset has no time */
  readonly testFrom: string | null;
}

/**
 * Chooses the rows of each split into `mlops.picked` (row id, split 0–2): by time where the dataset has one, else by a hash.
 *
 * Errors: SPLIT_EMPTY naming the ranges · InvalidInput for instants without a time column.
 */
export async function pickRows(database: Database, splitting: Splitting): Promise<PickedRows> {
  const { roles, input } = splitting;
  const rule = roles.time === null ? splitByHash(splitting) : await splitByTime(database, splitting, roles.time);
  await database.run(`CREATE TABLE mlops.split AS ${rule.rows}`);
  const found = await counts(database, 'mlops.split');
  const empty = splitNames.find((name) => found[name] === 0);
  if (empty !== undefined)
    throw failure('SPLIT_EMPTY', `No row is left for ${empty}: ${rule.words}.`, { split: empty, rows: found });
  await sample(database, input, Math.max(...Object.values(found)) > input.maxRows);
  const rows = await counts(database, 'mlops.picked');
  const leftOut = { ...(await leftOutOf(database)), sampledOut: total(found) - total(rows) };
  const { by, instants, words } = rule;
  return { rows, split: { by, instants, words, leftOut }, testFrom: instants?.testFrom ?? null };
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

const total = ({ train, validation, test }: RowCounts): number => train + validation + test;

async function leftOutOf(database: Database): Promise<Omit<SplitReport['leftOut'], 'sampledOut'>> {
  const count = ['withoutTime', 'labelNotKnownInTime', 'afterTest'].map(
    (why) => `count(*) FILTER (why = '${why}')::DOUBLE AS "${why}"`,
  );
  const row = await database.row(`SELECT ${count.join(', ')} FROM mlops.split WHERE s IS NULL`);
  const { withoutTime, labelNotKnownInTime, afterTest } = row;
  return {
    withoutTime: Number(withoutTime),
    labelNotKnownInTime: Number(labelNotKnownInTime),
    afterTest: Number(afterTest),
  };
}
