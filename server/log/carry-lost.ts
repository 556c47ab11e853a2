import { rmSync, statSync } from 'node:fs';
import { renamed, type SealedSegment } from './segment-file.js';

/**
 * What an empty segment says was lost goes with the next of its environment that holds rows and was never tried (the fact of one
 * that was may be in the ledger, with its count), and until there is one it waits. All empty segments have the same bytes: one
 * fact could not tell two of them apart. Returns those with rows.
 */
export function withLostCarried(segments: readonly SealedSegment[]): SealedSegment[] {
  const full = segments.filter(({ file }) => statSync(file).size > 0);
  for (const empty of segments.filter((segment) => !full.includes(segment))) {
    const at = full.findIndex(({ environment, isTried }) => environment === empty.environment && !isTried);
    const next = full[at];
    if (next === undefined) continue;
    full[at] = renamed(next, { lost: next.lost + empty.lost });
    rmSync(empty.file);
  }
  return full;
}
