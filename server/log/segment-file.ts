import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A segment on local disk, while it is written (`.open`) and when it is complete (`.jsonl`). Its name says everything
 * that its fact in the ledger will say, so shipping it twice is shipping the same thing.
 */
export interface SegmentName {
  readonly environment: string;
  /** the process that wrote it; no two processes ever share one */
  readonly writer: string;
  readonly sequence: number;
  /** predictions acknowledged but not written, before this segment was complete */
  readonly lost: number;
  /** the ledger may have it, with the count of lost predictions that stands here: it takes no more of them */
  readonly isTried?: boolean;
}

export type SealedSegment = SegmentName & { readonly file: string };

export const openName = ({ environment, writer, sequence }: SegmentName) =>
  `${environment}~${writer}~${String(sequence).padStart(8, '0')}.open`;
export const sealedName = (name: SegmentName) =>
  openName(name).replace(/open$/, `${name.lost}${name.isTried ? '.tried' : ''}.jsonl`);

/** Complete segments, oldest first as far as names tell. */
export function sealedSegments(folder: string): SealedSegment[] {
  return parsedNames(folder, /^([^~]+)~([^~]+)~(\d+)\.(\d+)(\.tried)?\.jsonl$/);
}

/** The same segment under the name that this makes of it. */
export function renamed({ file, ...name }: SealedSegment, other: Partial<SegmentName>): SealedSegment {
  const next = { ...name, ...other };
  const to = join(dirname(file), sealedName(next));
  if (to !== file) renameSync(file, to);
  return { ...next, file: to };
}

/** Segments that their writer never completed, of writers that no longer live. */
export function orphanedSegments(folder: string, living: ReadonlySet<string>): SealedSegment[] {
  return parsedNames(folder, /^([^~]+)~([^~]+)~(\d+)\.open()$/).filter((segment) => !living.has(segment.writer));
}

/**
 * Completes the segment of a dead writer: whole lines are kept, a torn last one is cut. Returns the rows that are in it.
 * `lostOf` says what is missing given the rows that were found.
 */
export function recoverSegment(folder: string, segment: SealedSegment, lostOf: (rows: number) => number): number {
  const bytes = readFileSync(segment.file);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const rows = lineCount(whole);
  if (whole.length < bytes.length) writeFileSync(segment.file, whole, { flush: true } as object);
  const lost = lostOf(rows);
  if (rows === 0 && lost === 0) rmSync(segment.file);
  else renameSync(segment.file, join(folder, sealedName({ ...segment, lost })));
  return rows;
}

/** A segment without rows, for what was lost by a process that left none to tell it with. */
export function tellLost(folder: string, name: Omit<SegmentName, 'sequence'>): void {
  writeFileSync(join(folder, sealedName({ ...name, sequence: 0 })), '');
}

export function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
}

export function makeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function parsedNames(folder: string, form: RegExp): SealedSegment[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const [, environment, writer, sequence, lost, tried] = form.exec(name) ?? [];
      if (environment === undefined || writer === undefined) return [];
      const isTried = tried !== undefined;
      return [
        { environment, writer, sequence: Number(sequence), lost: Number(lost), isTried, file: join(folder, name) },
      ];
    });
}

function lineCount(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === 0x0a) lines++;
  return lines;
}

/** A segment may be shipped and deleted between two looks. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
