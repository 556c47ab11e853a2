import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type SegmentName, sealedName } from './segment-file.js';

type SealedSegment = SegmentName & { file: string };

/**
 * What an empty segment says was lost goes with the next of its environment that holds rows, and until there is one it waits.
 * All empty segments have the same bytes: one fact could not tell two of them apart. Returns those with rows.
 */
export function withLostCarried(segments: readonly SealedSegment[]): SealedSegment[] {
  const full = segments.filter(({ file }) => statSync(file).size > 0);
  for (const empty of segments.filter((segment) => !full.includes(segment))) {
    const at = full.findIndex(({ environment }) => environment === empty.environment);
    const next = full[at];
    if (next === undefined) continue;
    full[at] = withLost(next, next.lost + empty.lost);
    rmSync(empty.file);
  }
  return full;
}

function withLost({ file, ...name }: SealedSegment, lost: number): SealedSegment {
  const renamed = join(dirname(file), sealedName({ ...name, lost }));
  renameSync(file, renamed);
  return { ...name, lost, file: renamed };
}
