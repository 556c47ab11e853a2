import type { Database } from '../database.js';
import type { SourceFiles } from '../sql-job.js';
import { quoteText } from '../sql-quote.js';

export interface ToRead {
  /** the table to make, in SQL */
  readonly table: string;
  readonly source: SourceFiles;
  /** the job's own folder; DuckDB reads the files in it that `ingest` allows */
  readonly directory: string;
}

/**
 * Copies a source's files into a table, every record of them in their order, and tells what it had to find out to read them:
 * short sentences without values of the data. SOURCE_UNREADABLE names the file, and the line where there is one.
 */
export type Reader = (database: Database, read: ToRead) => Promise<string[]>;

export const fileList = (files: readonly string[]): string => `[${files.map(quoteText).join(', ')}]`;
