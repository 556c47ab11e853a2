import { basename } from 'node:path';
import { errorCode, failure } from '../../schemas/index.js';
import { type Database, type DatabaseAccess, withDatabase } from './database.js';
import { cleanMessage, isOutOfRoom } from './sql-error.js';
import type { AnswerFile, DatasetFiles, SourceFiles } from './sql-job.js';
import { quoteName, quoteText } from './sql-quote.js';

/**
 * Copies the declared files into tables named as the sources. Only our own SQL runs here, and only these files can be
 * opened; whatever a person wrote runs later, in a phase that can open none.
 */
export async function ingestSources(access: DatabaseAccess, sources: readonly SourceFiles[]): Promise<void> {
  const readableFiles = sources.flatMap((source) => source.files);
  await withDatabase({ ...access, readableFiles }, async (database) => {
    await database.run('CREATE SCHEMA mlops');
    for (const source of sources) await ingestSource(database, source);
  });
}

/** Copies the parts of a dataset version into the table `dataset`, rows in order, so that `rowid` is the row's number. */
export async function ingestDataset(access: DatabaseAccess, { columns, files }: DatasetFiles): Promise<void> {
  await withDatabase({ ...access, readableFiles: files }, async (database) => {
    await database.run('CREATE SCHEMA mlops');
    const list = columns.map((column) => quoteName(column.name)).join(', ');
    await database.run(
      `CREATE TABLE dataset AS SELECT ${list} FROM read_parquet(${fileList(files)}, hive_partitioning=false)`,
    );
  });
}

/** Copies what labellers said into `mlops.given`, each line with a `labeller`; after `ingestDataset`. */
export async function ingestAnswers(access: DatabaseAccess, { path, format, labeller }: AnswerFile): Promise<void> {
  await withDatabase({ ...access, readableFiles: [path] }, async (database) => {
    const source = { name: 'answers', format, files: [path] };
    await database.run(`CREATE TABLE mlops.answers AS SELECT * FROM ${readerOf(source)}`);
    const columns = (await database.rows('DESCRIBE mlops.answers')).map((row) => row.column_name);
    const said = columns.includes('labeller') ? 'labeller::VARCHAR' : quoteText(labeller);
    await database.run(
      `CREATE TABLE mlops.given AS SELECT "row", label, known_at, ${said} AS labeller FROM mlops.answers`,
    );
  });
}

async function ingestSource(database: Database, source: SourceFiles): Promise<void> {
  try {
    await database.run(`CREATE TABLE ${quoteName(source.name)} AS SELECT * FROM ${readerOf(source)}`);
  } catch (error) {
    if (errorCode(error) !== null || isOutOfRoom(error)) throw error;
    const files = source.files.map((file) => basename(file));
    const shown = files.length > 3 ? `${files.slice(0, 3).join(', ')}, …` : files.join(', ');
    throw failure(
      'SOURCE_UNREADABLE',
      `Source "${source.name}" (${shown}) is not readable ${source.format}: ${cleanMessage(error)}`,
      {
        source: source.name,
      },
    );
  }
}

/** The whole file is sampled for its types, and a CSV's first line is its header: a guess would differ from day to day. */
function readerOf({ format, files }: SourceFiles): string {
  const list = fileList(files);
  if (format === 'csv')
    return `read_csv(${list}, header=true, sample_size=-1, union_by_name=true, hive_partitioning=false)`;
  if (format === 'jsonl')
    return `read_json(${list}, format='auto', sample_size=-1, union_by_name=true, hive_partitioning=false)`;
  return `read_parquet(${list}, union_by_name=true, hive_partitioning=false)`;
}

const fileList = (files: readonly string[]): string => `[${files.map(quoteText).join(', ')}]`;
