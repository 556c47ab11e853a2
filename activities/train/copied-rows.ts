import type { Column } from '../../schemas/index.js';
import type { RawColumns } from '../onnx/raw-columns.js';

/** A category that no training row can have had. */
const unseenCategory = '\u{1F9EA} unseen';
const copiedCells = 5000;
const mostCopiesPerInput = 50;

/** Copies of the first rows with each input missing in turn, and with a category that was never seen. */
export function copiedRows(inputs: readonly Column[], rows: RawColumns): RawColumns {
  const count = rows[inputs[0]?.name ?? '']?.length ?? 0;
  const copies = Math.min(count, mostCopiesPerInput, Math.max(1, Math.floor(copiedCells / inputs.length)));
  const columns = inputs.map(({ name, type }) => {
    const first = (rows[name] ?? []).slice(0, copies);
    const missing = inputs.flatMap((other) => (other.name === name ? first.map(() => null) : first));
    const unseen = first.map((value) => (type === 'string' ? unseenCategory : value));
    return [name, [...missing, ...unseen]] as const;
  });
  return Object.fromEntries(columns);
}
