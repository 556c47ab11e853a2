import { errorCode, failure } from '../../schemas/index.js';
import { isSystemTrouble } from '../processes/system-errors.js';

/** Runs SQL that a person wrote; DuckDB's error becomes SQL_FAILED with DuckDB's own words, unless the machine is at fault. */
export async function asSqlFailed<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (errorCode(error) !== null) throw error;
    const text = cleanMessage(error);
    if (isSystemTrouble(text))
      throw failure('SYSTEM_UNAVAILABLE', `${what} was stopped by the worker's machine: ${text}`);
    throw failure('SQL_FAILED', `${what} failed: ${text}`);
  }
}

/** DuckDB's message without the folders of this machine. */
export function cleanMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replaceAll(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s"',:]+)+[\\/](?=[^\\/\s"',]+)/g, '…/')
    .slice(0, 2000)
    .trim();
}
