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
    throw failure(isOutOfRoom(error) ? 'JOB_TOO_LARGE' : 'SQL_FAILED', `${what} failed: ${text}`);
  }
}

/** DuckDB counts memory and spilled data by itself, and says so in these words. */
export const isOutOfRoom = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Out of Memory Error');

/** DuckDB's message without the folders of this machine, and without what it quotes of the data: it goes into histories. */
export function cleanMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .slice(0, 20_000)
    .replaceAll(/(Original Line:|Input:)[^\n]*/g, '$1 …')
    .replaceAll(/\bObject \{[^\n]*( has (?:unknown|duplicate) key)/g, 'Object {…}$1')
    .replaceAll(/\bObject \{(?!…)[^\n]*/g, 'Object {…}')
    .replaceAll(/(convert string )["'][\s\S]*["']( to ["']?[A-Z])/g, '$1…$2')
    .replaceAll(/((?:out of range:|field format:|cast value|with value) *)("[^"\n]*"|'[^'\n]*'|[^\s,]+)/g, '$1…')
    .replaceAll(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s"',:]+)+[\\/](?=[^\\/\s"',]+)/g, '…/')
    .slice(0, 2000)
    .trim();
}
