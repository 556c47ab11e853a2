import { basename } from 'node:path';
import type { BlobStore, StoredBlob } from '../../activities/stores/blob-store.js';
import { failure } from '../../schemas/index.js';
import { refusedOf } from './halving.js';
import type { SealedSegment } from './segment-file.js';
import { linesOf, type ReadLine } from './segment-lines.js';
import { type RefusedLine, setLinesAside } from './set-aside.js';

export interface Shipped {
  readonly rows: number;
  /** wrong in themselves, and set aside */
  readonly refused: number;
}

export interface LineShipping<T> {
  readonly blobs: BlobStore;
  readonly parse: (value: unknown) => T;
  /** one fact for these rows and the blob that holds them; `lost` stands in one of a segment's facts */
  readonly append: (blob: StoredBlob, rows: T[], lost: number) => Promise<unknown>;
}

/**
 * Stores a segment as a blob and appends its rows. Lines that cannot be read stay out of the blob; where the ledger refuses the
 * rows, each half becomes a blob of its own, and so on down to the row that is wrong in itself. Those are set aside; where it is
 * all of them, the error is the segment's.
 */
export async function shipLines<T>(
  segment: SealedSegment,
  { blobs, parse, append }: LineShipping<T>,
): Promise<Shipped> {
  const { read, refused } = linesOf(segment.file, parse);
  if (read.length === 0 && refused.length === 0) return { rows: 0, refused: 0 };
  if (read.length === 0) throw unreadable(segment.file, refused);
  const isWhole = (lines: readonly ReadLine<T>[]) => refused.length === 0 && lines.length === read.length;
  let { lost } = segment; // goes with the first rows that are taken, which are the same ones at each try
  const deliver = async (lines: readonly ReadLine<T>[]) => {
    const blob = await blobs.put(isWhole(lines) ? { file: segment.file } : bytesOf(lines));
    await append(
      blob,
      lines.map(({ value }) => value),
      lost,
    );
    lost = 0;
  };
  const found = await refusedOf(read, deliver);
  if (found.length === read.length && found[0]) throw found[0].error;
  const wrong = found.map(({ row, error }) => ({ line: row.line, why: textOf(error) }));
  await setLinesAside(segment, [...refused, ...wrong]);
  return { rows: read.length - wrong.length, refused: refused.length + wrong.length };
}

const bytesOf = (lines: readonly ReadLine<unknown>[]) => Buffer.from(lines.map(({ line }) => `${line}\n`).join(''));

const unreadable = (file: string, [first]: readonly RefusedLine[]) =>
  failure('InvalidInput', `No line of ${basename(file)} can be read: ${first?.why ?? ''}`);

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
