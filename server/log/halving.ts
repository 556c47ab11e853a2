import { errorCode } from '../../schemas/index.js';

export interface RefusedRow<T> {
  readonly row: T;
  readonly error: unknown;
}

/**
 * Delivers rows, all at once where nothing is wrong with any. Where they are refused, the halves are tried, and so on, until
 * what is refused are the rows that are wrong in themselves; every other error is thrown: it is not about rows.
 */
export async function refusedOf<T>(
  rows: readonly T[],
  deliver: (rows: readonly T[]) => Promise<void>,
): Promise<RefusedRow<T>[]> {
  try {
    await deliver(rows);
    return [];
  } catch (error) {
    if (errorCode(error) !== 'InvalidInput') throw error;
    const [only] = rows;
    if (only === undefined) return [];
    if (rows.length === 1) return [{ row: only, error }];
    const middle = Math.ceil(rows.length / 2);
    const first = await refusedOf(rows.slice(0, middle), deliver);
    return [...first, ...(await refusedOf(rows.slice(middle), deliver))];
  }
}
