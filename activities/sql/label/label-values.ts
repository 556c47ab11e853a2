import { type ColumnType, failure, type LabelResult } from '../../../schemas/index.js';
import { foldedColumns, foldedType } from '../column-types.js';
import type { Database } from '../database.js';
import { presentNumber } from '../missing.js';

export interface LabelValue {
  readonly labelType: LabelResult['labelType'];
  /** the type of the labelled dataset's column */
  readonly type: ColumnType;
  /** SQL for the value of the table's column `label`; null where it is none */
  readonly value: string;
}

const kinds = {
  binary: { labelType: 'binary', type: 'integer', value: 'CAST(label AS BIGINT)' },
  number: { labelType: 'number', type: 'number', value: presentNumber('label::DOUBLE') },
  category: { labelType: 'category', type: 'string', value: "nullif(label::VARCHAR, '')" },
} as const satisfies Record<LabelResult['labelType'], LabelValue>;

/**
 * What the column `label` of a table is: a boolean, or whole numbers that are only ever 0 or 1, is binary; a text is a
 * category, the empty one is none. LABEL_INVALID for any other type; `what` begins its message, e.g. "The rule".
 */
export async function labelValue(database: Database, table: string, what: string): Promise<LabelValue> {
  const duckdbType = await typeOf(database, table, 'label');
  const type = foldedType(duckdbType);
  if (type === 'boolean') return kinds.binary;
  if (type === 'number') return kinds.number;
  if (/^(VARCHAR|ENUM\(.*\))$/.test(duckdbType)) return kinds.category;
  if (type !== 'integer')
    throw failure('LABEL_INVALID', `${what} gives ${duckdbType}; a label is a boolean, a number or a text.`);
  const { other } = await database.row(`SELECT count(*) FILTER (label NOT IN (0, 1))::DOUBLE AS other FROM ${table}`);
  return other === 0 ? kinds.binary : kinds.number;
}

/** SQL for the column `known_at` as a UTC timestamp. LABEL_INVALID when it is none. */
export async function timeValue(database: Database, table: string, what: string): Promise<string> {
  const [column] = await foldedColumns(database, `(SELECT known_at FROM ${table})`);
  if (column?.type === 'timestamp') return column.expression;
  throw failure(
    'LABEL_INVALID',
    `${what} gives a ${column?.type}; it must be a timestamp, e.g. "departure + to_minutes(delay)".`,
  );
}

async function typeOf(database: Database, table: string, column: string): Promise<string> {
  const described = await database.rows(`DESCRIBE ${table}`);
  const found = described.find((row) => row.column_name === column);
  if (found !== undefined) return String(found.column_type);
  throw failure('LABEL_INVALID', `The answers have no column "${column}".`, { column });
}
