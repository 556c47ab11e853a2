import { failure, type PinnedColumn } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import type { SourceFiles } from '../sql-job.js';

export interface ToRead {
  /** the table to make, in SQL */
  readonly table: string;
  readonly source: SourceFiles;
  /** the job's own folder; DuckDB reads its `read`, and the files that `ingest` allows */
  readonly directory: string;
  /** what the columns are tried to be first */
  readonly pinned: readonly PinnedColumn[];
}

export interface Reading {
  /** what had to be found out: short sentences without values of the data */
  readonly told: string[];
  /** by its key, how the texts of a column are times */
  readonly timeFormats: ReadonlyMap<string, string>;
  /** looks for where the first value of a column stands that is not what it was tried to be first; by its key */
  readonly firstOther?: (columns: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/**
 * Copies a source's files into a table, every record of them in their order. SOURCE_UNREADABLE names the file, and the line
 * where there is one.
 */
export type Reader = (database: Database, read: ToRead) => Promise<Reading>;

/** A row less than the file has records, or more, is no reading of it. */
export async function requireRecords(database: Database, { table, source }: ToRead, records: number): Promise<void> {
  const { rows } = await database.row(`SELECT count(*)::DOUBLE AS rows FROM ${table}`);
  if (rows === records) return;
  const message = `Source "${source.name}" has ${records} records, and ${rows} rows were read. Nothing was collected.`;
  throw failure('SOURCE_UNREADABLE', message, { source: source.name, records, rows });
}
