/** A type whose values may or may not fit into one of the five; all of SQL over the column. */
export interface Doubt {
  /** whether a value fits */
  readonly fits: string;
  /** the value, where all do; the usual cast when null */
  readonly value: string | null;
  /** the value as a string, where one does not; null where the column is refused */
  readonly otherwise: string | null;
  /** what does not fit, for a person */
  readonly why: string;
}

/** So many digits survive a double whatever they are. */
const safeDigits = 15;
const longDigits = 'numbers of more digits than 64 bits keep';

export function doubtOf(column: string, duckdbType: string): Doubt | null {
  if (/^U?(BIG|HUGE)INT$/.test(duckdbType) && duckdbType !== 'BIGINT') return wholeDoubt(column);
  if (duckdbType === 'TIMESTAMP_NS') return nanosecondDoubt(column);
  const [, digits, decimals] = /^DECIMAL\((\d+),(\d+)\)$/.exec(duckdbType) ?? [];
  if (digits === undefined || Number(digits) <= safeDigits) return null;
  return Number(decimals) === 0 ? wholeDoubt(column) : decimalDoubt(column, duckdbType);
}

function wholeDoubt(column: string): Doubt {
  const fits = `${column} BETWEEN -9223372036854775808 AND 9223372036854775807`;
  return { fits, value: null, otherwise: `CAST(${column} AS VARCHAR)`, why: longDigits };
}

/** By way of text, which DuckDB reads and writes to the last digit; its own cast rounds twice. */
function decimalDoubt(column: string, duckdbType: string): Doubt {
  const value = `CAST(CAST(${column} AS VARCHAR) AS DOUBLE)`;
  const fits = `TRY_CAST(CAST(${value} AS VARCHAR) AS ${duckdbType}) IS NOT DISTINCT FROM ${column}`;
  return { fits, value, otherwise: `CAST(${column} AS VARCHAR)`, why: longDigits };
}

function nanosecondDoubt(column: string): Doubt {
  const fits = `CAST(CAST(${column} AS TIMESTAMP) AS TIMESTAMP_NS) = ${column}`;
  const why = `times with nanoseconds, and a dataset has microseconds. Cut them with "sql": cast(${column} as timestamp)`;
  return { fits, value: null, otherwise: null, why };
}
