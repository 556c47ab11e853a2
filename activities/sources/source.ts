import type { CsvFormat, DeclaredColumns, JsonOptions, SourceFormat } from '../../schemas/index.js';
import type { Adapter, Place } from '../adapter.js';

/** A piece of a source that is fetched alone: a file, an object, a range of keys. */
export interface Partition {
  /** names it within its source, always the same way */
  readonly key: string;
  /** moves whenever its bytes may have: an ETag, a version, a size with a time */
  readonly stamp: string;
}

export interface Listing {
  /** in an order that follows from the source alone */
  readonly partitions: readonly Partition[];
  /** what the next listing starts after; null where a source cannot tell new from old */
  readonly watermark: string | null;
}

export interface FetchedFile {
  /** on the local disk; below `Place.directory` unless it is the source's own file, read in place */
  readonly path: string;
  /** what lineage calls it; no folders, no credentials */
  readonly name: string;
}

export interface FetchedFiles {
  readonly format: SourceFormat;
  /** what the input says of how a CSV is to be read; the same for all partitions */
  readonly csv?: CsvFormat | undefined;
  readonly columns?: DeclaredColumns | undefined;
  readonly json?: JsonOptions | undefined;
  readonly files: readonly FetchedFile[];
}

/**
 * Where data comes from. Promises every adapter keeps:
 * - `list` moves no bytes. Nothing there is `SOURCE_NOT_FOUND`; what this worker may not read, `SOURCE_NOT_ALLOWED`.
 * - `fetch` gives the bytes that were listed: the same partition again is the same bytes, or `SOURCE_CHANGED`. Their digest is
 *   taken by the stage, for all sources alike; it lists again after it has read files in place.
 * - Writing to the source is never needed, and nothing is left behind outside `Place.directory`.
 * - No more than a buffer of bytes is held in memory. An aborted signal ends the work.
 */
export interface Source<O = unknown> extends Adapter<O> {
  list(options: O, after: string | null, at: Place): Promise<Listing>;
  fetch(options: O, partition: Partition, at: Place): Promise<FetchedFiles>;
}
