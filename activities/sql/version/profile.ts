import type { Column, ColumnProfile } from '../../../schemas/index.js';
import type { Database, Row } from '../database.js';
import { quoteName } from '../sql-quote.js';

const columnsAtOnce = 50;

/**
 * Every column in numbers, each read once. Run with one thread, equal content gives equal figures to the last bit, so the
 * profile may stand in a fact.
 */
export async function profileOf(
  database: Database,
  table: string,
  columns: readonly Column[],
): Promise<ColumnProfile[]> {
  const profiles: ColumnProfile[] = [];
  for (let from = 0; from < columns.length; from += columnsAtOnce) {
    const group = columns.slice(from, from + columnsAtOnce);
    const row = await database.row(
      `SELECT count(*)::DOUBLE AS n, ${group.flatMap(aggregatesOf).join(', ')} FROM ${table}`,
    );
    profiles.push(...group.map((column, index) => profileFrom(row, column, index)));
  }
  return profiles;
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
