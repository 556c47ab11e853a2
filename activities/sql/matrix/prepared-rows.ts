import type { Column } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { quoteName } from '../sql-quote.js';

/** A column that may become a feature, under a name of ours: `c0`, `c1`, … in `mlops.prepared`. */
export interface Candidate extends Column {
  readonly alias: string;
}

/**
 * `mlops.prepared`: the picked rows in order (split `s`, label `y`, candidates), so that everything after it is a plain
 * scan. Read with one thread, sums and rows come in one order only.
 */
export async function prepareRows(database: Database, label: string, candidates: readonly Candidate[]): Promise<void> {
  const columns = candidates
    .map(({ name, type, alias }) => `, ${rawValue(`d.${quoteName(name)}`, type)} AS ${alias}`)
    .join('');
  await database.run(
    `CREATE TABLE mlops.prepared AS SELECT p.s, d.${quoteName(label)}::DOUBLE AS y${columns}
     FROM dataset d JOIN mlops.picked p ON d.rowid = p.r ORDER BY p.s, p.r`,
  );
}

/** An empty string is missing: an ONNX string tensor has no other way to say so. */
function rawValue(column: string, type: Column['type']): string {
  return type === 'string' ? `nullif(${column}, '')` : column;
}

/**
 * Numbers as the model sees them, in SQL: through double to float32 (round to nearest even), null when missing,
 * infinite or beyond float32. `onnx/raw-columns.ts` does the same in TypeScript; the two are held together by a test.
 */
export const encodedIn = {
  numeric: (column: string, center = 0) => {
    const float = `TRY_CAST(${center === 0 ? `${column}::DOUBLE` : `(${column}::DOUBLE - ${asDouble(center)})`} AS FLOAT)`;
    return `CASE WHEN isfinite(${float}) THEN ${float} END`;
  },
  boolean: (column: string, complete = false) => `${complete ? `coalesce(${column}, false)` : column}::INTEGER::FLOAT`,
  minuteOfDay: (column: string) =>
    `CASE WHEN isfinite(${column}) THEN hour(${column}) * 60 + minute(${column}) END::FLOAT`,
  dayOfWeek: (column: string) => `CASE WHEN isfinite(${column}) THEN dayofweek(${column}) END::FLOAT`,
};

/** To the bit: a number's shortest text is read back as the same number, and a decimal would be rounded on the way. */
const asDouble = (value: number) => `'${value}'::DOUBLE`;
