import type { Column } from '../../schemas/index.js';
import { parityTolerance, scaleOf } from '../train/parity.js';
import type { AnsweredRows } from './answered-rows.js';

/** Raw rows and what the packaged model answers, for whoever loads it elsewhere to try. */
export interface GoldenRows {
  /** `rows[column][row]`, columns in the order of the signature */
  readonly rows: (number | string | boolean | null)[][];
  readonly expected: number[];
  readonly tolerance: number;
  /** a row that nobody was, in the order of the signature */
  readonly example: (number | string | boolean)[];
}

const wholeRows = 16;
const copiedRows = 8;
const largestFloat32 = 3.4028234663852886e38;

/** The first held-out rows, and some of the copies with something missing, spread evenly. */
export function goldenRows(
  signature: readonly Column[],
  { rows, answers, heldOut, scale }: AnsweredRows,
): Omit<GoldenRows, 'example'> {
  const columns = signature.map(({ name }) => rows[name] ?? []);
  const usable = [...answers.keys()].filter((row) =>
    signature.every((column, c) => mayBeSent(columns[c]?.[row] ?? null, column)),
  );
  const chosen = [
    ...spread(
      usable.filter((row) => row < heldOut),
      wholeRows,
    ),
    ...spread(
      usable.filter((row) => row >= heldOut),
      copiedRows,
    ),
  ];
  const expected = chosen.map((row) => answers[row]!);
  return {
    rows: columns.map((values) => chosen.map((row) => values[row] ?? null)),
    expected,
    tolerance: parityTolerance * Math.max(...expected.map((answer) => scaleOf(answer, scale))),
  };
}

/** A server refuses what does not fit the type that the model computes with. */
function mayBeSent(value: number | string | boolean | null, { type }: Column): boolean {
  if (typeof value !== 'number') return true;
  return type === 'number' ? Math.abs(value) <= largestFloat32 : Number.isSafeInteger(value);
}

function spread(rows: readonly number[], count: number): number[] {
  if (rows.length <= count) return [...rows];
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
