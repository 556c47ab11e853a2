import type { ColumnType } from '../schemas/index.js';

/** A value as it comes from files and in requests, and whether every stage has to take it for missing. */
export interface GivenValue {
  readonly what: string;
  readonly type: ColumnType;
  /** in SQL, for a Parquet file */
  readonly sql: string;
  /** in a request, a JSON file and the prediction log; null where JSON cannot say it */
  readonly json: string | null;
  readonly isMissing: boolean;
}

const value = (type: ColumnType, sql: string, json: string | null, isMissing = false): GivenValue => ({
  what: `${type} ${sql}`,
  type,
  sql,
  json,
  isMissing,
});
const missing = (type: ColumnType, sql: string, json: string | null) => value(type, sql, json, true);

/** The table of docs/missing-values.md: every stage is held against it. */
export const givenValues: readonly GivenValue[] = [
  missing('number', 'NULL', 'null'),
  missing('number', "'NaN'", null),
  missing('number', "'Infinity'", '1e400'),
  missing('number', "'-Infinity'", '-1e400'),
  missing('number', '1e39', '1e39'),
  missing('number', '-1e300', '-1e300'),
  missing('number', '3.4028235677973366e38', '3.4028235677973366e38'),
  value('number', '3.4028235677973362e38', '3.4028235677973362e38'),
  value('number', '-1e38', '-1e38'),
  value('number', '0', '0'),
  value('number', '1e-300', '1e-300'),
  value('number', '-1.5', '-1.5'),
  missing('integer', 'NULL', 'null'),
  value('integer', '0', '0'),
  value('integer', '-9007199254740991', '-9007199254740991'),
  missing('boolean', 'NULL', 'null'),
  value('boolean', 'false', 'false'),
  value('boolean', 'true', 'true'),
  missing('string', 'NULL', 'null'),
  missing('string', "''", '""'),
  value('string', "' '", '" "'),
  value('string', "'0'", '"0"'),
  value('string', "'NaN'", '"NaN"'),
  value('string', "'null'", '"null"'),
  missing('timestamp', 'NULL', 'null'),
  missing('timestamp', "'infinity'", null),
  missing('timestamp', "'-infinity'", null),
  value('timestamp', "'1970-01-01'", '"1970-01-01"'),
  value('timestamp', "'2024-02-29 10:00:00'", '"2024-02-29T10:00:00Z"'),
];

export const givenTypes: readonly ColumnType[] = ['number', 'integer', 'boolean', 'string', 'timestamp'];
