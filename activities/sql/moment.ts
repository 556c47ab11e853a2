import { failure, type Instant, instantOf, isRelative, type Moment } from '../../schemas/index.js';
import type { Database } from './database.js';

/** A column of times of a table, in SQL, and its name for a person. */
export interface Times {
  readonly table: string;
  readonly expression: string;
  readonly name: string;
}

/**
 * What moments come to in the data at hand: "-90 days" is counted once, from the newest time of the column. EMPTY_DATASET
 * where no row has one.
 */
export async function resolver(
  database: Database,
  { table, expression, name }: Times,
  moments: readonly (Moment | undefined)[],
): Promise<(moment: Moment) => Instant> {
  if (!moments.some((moment) => moment !== undefined && isRelative(moment))) return (moment) => moment;
  const newest = `max(${expression}) FILTER (isfinite(${expression}))`;
  const { ms } = await database.row(`SELECT floor(epoch_us(${newest}) / 1000)::DOUBLE AS ms FROM ${table}`);
  if (ms === null)
    throw failure('EMPTY_DATASET', `Column "${name}" has no time in any row, so there is none to count back from.`, {
      column: name,
    });
  return (moment) => instantOf(moment, Number(ms));
}
