import { readFileSync } from 'node:fs';
import type { RefusedLine } from './set-aside.js';

export interface ReadLine<T> {
  readonly line: string;
  readonly value: T;
}

/** A line that cannot be read will never be: it is refused by itself. */
export function linesOf<T>(
  file: string,
  parse: (value: unknown) => T,
): { read: ReadLine<T>[]; refused: RefusedLine[] } {
  const read: ReadLine<T>[] = [];
  const refused: RefusedLine[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    try {
      read.push({ line, value: parse(JSON.parse(line)) });
    } catch (error) {
      refused.push({ line, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { read, refused };
}
