import type { Column, ColumnProfile } from '../../../schemas/index.js';
import { columnGroups } from '../column-groups.js';
import type { Database, Row } from '../database.js';
import { quoteName } from '../sql-quote.js';

const mostAtOnce = 50;

/** Columns of a profile, which are read in one go. */
export type ProfiledColumns = readonly Column[];

/** Every column in a group, and none so large that half of the machine has nothing to do. */
export function profileGroups(columns: readonly Column[]): ProfiledColumns[] {
  const size = Math.min(mostAtOnce, Math.ceil(columns.length / 2));
  return columnGroups(columns, size);
}

/**
 * Columns of written parts in numbers, each read once. The same bytes, read with one thread, give the same figures to the last
 * bit, so that the profile may stand in a fact. A table does not: how DuckDB sums depends on how a table came to be.
 */
export async function profileOf(database: Database, parts: string, group: ProfiledColumns): Promise<ColumnProfile[]> {
  const row = await database.row(
    `SELECT count(*)::DOUBLE AS n, ${group.flatMap(aggregatesOf).join(', ')} FROM ${parts}`,
  );
  return group.map((column, index) => profileFrom(row, column, index));
}

function aggregatesOf({ name, type }: Column, index: number): string[] {
  const column = quoteName(name);
  const counts = [`count(${column})::DOUBLE AS c${index}`, `approx_count_distinct(${column})::DOUBLE AS d${index}`];
  const double = `${column}::DOUBLE`;
  const moments = (value: string) => [`avg(${value}) AS a${index}`, `stddev_samp(${value}) AS s${index}`];
  switch (type) {
    case 'number':
    case 'integer':
      return [...counts, `min(${double}) AS l${index}`, `max(${double}) AS h${index}`, ...moments(double)];
    case 'boolean':
      return [...counts, ...moments(`${column}::INTEGER::DOUBLE`)];
    case 'timestamp':
      return [
        ...counts,
        ...['min', 'max'].map((f, i) => `strftime(${f}(${column}), '%Y-%m-%dT%H:%M:%S.%fZ') AS ${'lh'[i]}${index}`),
      ];
    case 'string':
      return [...counts, `left(min(${column}), 100) AS l${index}`, `left(max(${column}), 100) AS h${index}`];
  }
}

function profileFrom(row: Row, { name, type }: Column, index: number): ColumnProfile {
  const rows = Number(row.n);
  const number = (key: string) =>
    typeof row[key + index] === 'number' && Number.isFinite(row[key + index]) ? (row[key + index] as number) : null;
  const edge = (key: string) => (typeof row[key + index] === 'string' ? (row[key + index] as string) : number(key));
  return {
    name,
    type,
    rows,
    nulls: rows - Number(row[`c${index}`]),
    approximateDistinct: Number(row[`d${index}`]),
    min: edge('l'),
    max: edge('h'),
    mean: number('a'),
    standardDeviation: number('s'),
  };
}
