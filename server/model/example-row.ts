import type { Column } from '../../schemas/index.js';
import { logText, type Value, valueCheck } from './column-values.js';
import type { LoadedModel } from './loaded-model.js';

/** A row that the package made up, and the model's answer: what documentation shows, because it works and is nobody's. */
export interface ExampleRow {
  /** in the order of the signature */
  readonly values: readonly Value[];
  readonly answer: number;
}

const plain: Record<Column['type'], Value> = {
  number: 0,
  integer: 0,
  boolean: 0,
  string: 'text',
  timestamp: Date.UTC(2000, 0, 1),
};

/** Without a row in the package, or with one that the model does not take, the plainest values there are. */
export async function exampleRow(loaded: LoadedModel, madeUp: readonly unknown[] | undefined): Promise<ExampleRow> {
  const { inputs } = loaded.manifest.signature;
  const plainest = inputs.map(({ type }) => plain[type]);
  if (madeUp?.length !== inputs.length) return answered(loaded, plainest);
  return answered(loaded, checked(inputs, madeUp) ?? plainest).catch(() => answered(loaded, plainest));
}

function checked(inputs: readonly Column[], raw: readonly unknown[]): Value[] | null {
  try {
    return inputs.map((column, i) => valueCheck(column)(raw[i], 0));
  } catch {
    return null;
  }
}

async function answered(loaded: LoadedModel, values: readonly Value[]): Promise<ExampleRow> {
  const [answer = 0] = await loaded.score(
    values.map((value) => [value]),
    1,
  );
  return { values, answer };
}

/** A value as a request carries it; a time as text, for people. */
export function requestValue({ type }: Column, value: Value): unknown {
  return JSON.parse(logText(type, value));
}
