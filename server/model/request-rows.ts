import type { Column } from '../../schemas/index.js';
import { refuse } from '../http/request-refused.js';
import { type CheckValue, type Value, valueCheck } from './column-values.js';

export const rowLimit = 10_000;

/** Checked raw values, `columns[column][row]` in the order of the signature. */
export interface RequestRows {
  readonly rows: number;
  readonly columns: Value[][];
}

/** The rows of one request with their answers; made once a request, never once a row. */
export interface AnsweredRows {
  readonly requestId: string;
  /** of the request; its rows are told apart by their place */
  readonly predictionId: string;
  /** when they were asked, UTC: the time that the prediction id carries */
  readonly at: string;
  readonly input: RequestRows;
  /** one number a row */
  readonly outputs: Float32Array | Float64Array;
}

/** What every request format needs to know of a signature, worked out once per model and not once per request. */
export class SignatureReader {
  readonly columns: readonly Column[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #checks: readonly CheckValue[];
  readonly #output: string;

  constructor(columns: readonly Column[], output: string) {
    this.columns = columns;
    this.#output = output;
    this.#index = new Map(columns.map((column, i) => [column.name, i]));
    this.#checks = columns.map(valueCheck);
  }

  /** The place of a column, or -1 where the model has none of that name. */
  indexOf(name: unknown): number {
    return this.#index.get(name as string) ?? -1;
  }

  /** Checks one column's values; absent ones are missing. */
  check(index: number, raw: readonly unknown[], rows: number): Value[] {
    const check = this.#checks[index] as CheckValue;
    const values = new Array<Value>(rows);
    for (let row = 0; row < rows; row++) values[row] = check(raw[row], row);
    return values;
  }

  /** The only output there is may be asked for by name. */
  refuseOtherOutput(name: unknown): void {
    if (name === this.#output) return;
    const asked = typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : 'without a name';
    throw refuse('invalid_request', `The model has no output ${asked}; its output is "${this.#output}".`, 'outputs');
  }

  refuseUnknown(names: readonly string[]): void {
    const unknown = names.filter((name) => this.indexOf(name) === -1);
    if (unknown.length === 0) return;
    const list = unknown.slice(0, 20).map((name) => JSON.stringify(String(name).slice(0, 100)));
    const known = this.columns.map(({ name }) => name).join(', ');
    throw refuse('unknown_column', `Unknown columns: ${list.join(', ')}. The model takes: ${known}.`, unknown[0]);
  }

  refuseMissing(columns: readonly (unknown[] | undefined)[]): void {
    const missing = this.columns.find((_, i) => columns[i] === undefined);
    if (missing === undefined) return;
    throw refuse('missing_column', `Column "${missing.name}" is missing. A missing value is null.`, missing.name);
  }
}

export function checkRowCount(rows: unknown, field: string): number {
  if (!Number.isInteger(rows) || (rows as number) < 1)
    throw refuse('invalid_shape', `"${field}" has no row; at least one is needed.`, field);
  if ((rows as number) > rowLimit)
    throw refuse('too_many_rows', `${rows} rows in one request; at most ${rowLimit} are answered.`, field);
  return rows as number;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
