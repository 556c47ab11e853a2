import { basename, join } from 'node:path';
import {
  canonicalJson,
  type Evolution,
  errorCode,
  failure,
  type SchemaChange,
  type SourceFormat,
  type SourceSchema,
} from '../../schemas/index.js';
import { type Database, type DatabaseAccess, withDatabase } from './database.js';
import { fileList } from './file-pattern.js';
import { nullMissing } from './missing.js';
import { copiesOf, readCsv } from './readers/csv.js';
import { readJson } from './readers/json.js';
import { readParquet } from './readers/parquet.js';
import type { Reader, Reading } from './readers/reader.js';
import { isNamedIn, keyOf } from './same-name.js';
import { declareTypes } from './schema/declare-types.js';
import { keepTypes } from './schema/keep-types.js';
import { nextSchema, type ReadSource, schemaChanges, triedFirst } from './schema/schema-changes.js';
import { cleanMessage, isOutOfRoom } from './sql-error.js';
import type { AnswerFile, DatasetFiles, SourceFiles } from './sql-job.js';
import { quoteName, quoteText } from './sql-quote.js';

/**
 * Copies the declared files into tables named as the sources. Only our own SQL runs here, and only these files can be
 * opened; whatever a person wrote runs later, in a phase that can open none. Answers what was found out to read each of them.
 */
export async function ingestSources(
  access: DatabaseAccess,
  sources: readonly SourceFiles[],
  evolution: Evolution = 'warn',
): Promise<IngestedSource[]> {
  const readableFiles = sources.flatMap((source) => [...source.files, ...copiesOf(access.directory, source)]);
  const writableDirectory = join(access.directory, 'read');
  return withDatabase({ ...access, readableFiles, writableDirectory }, async (database) => {
    await database.run('CREATE SCHEMA mlops');
    const ingested: IngestedSource[] = [];
    for (const source of sources)
      ingested.push(await ingestSource(database, source, { evolution, directory: access.directory }));
    return ingested;
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

/**
 * Copies what labellers said into `mlops.given`, each line with a `labeller`; after `ingestDataset`. Answers whether they say
 * when it became known; else that is `knownAt`, in SQL over the dataset.
 */
export async function ingestAnswers(
  access: DatabaseAccess,
  { path, format, labeller }: AnswerFile,
  knownAt: string,
): Promise<boolean> {
  const source = { name: 'answers', format, files: [path] };
  const { directory } = access;
  const readableFiles = [path, ...copiesOf(directory, source)];
  const writableDirectory = join(directory, 'read');
  return withDatabase({ ...access, readableFiles, writableDirectory }, async (database) => {
    await readers[format](database, { table: 'mlops.answers', source, directory, pinned: [] });
    const columns = (await database.rows('DESCRIBE mlops.answers')).map((row) => String(row.column_name));
    const said = isNamedIn(columns, 'labeller') ? 'a.labeller::VARCHAR' : quoteText(labeller);
    const saysKnownAt = isNamedIn(columns, 'known_at');
    const at = saysKnownAt ? 'a.known_at' : knownAt;
    await database.run(
      `CREATE TABLE mlops.given AS SELECT a."row", a.label, ${at} AS known_at, ${said} AS labeller
       FROM mlops.answers a LEFT JOIN dataset d ON d.rowid = a."row"`,
    );
    return saysKnownAt;
  });
}

const readers: Record<SourceFormat, Reader> = { csv: readCsv, jsonl: readJson, parquet: readParquet };

/** What a person said of a format, one text for one meaning. */
function optionsOf({ csv, json }: SourceFiles): string | null {
  const said = Object.entries({ csv, json }).filter(([, options]) => options !== undefined);
  return said.length === 0 ? null : canonicalJson(Object.fromEntries(said));
}

/** Where the first value of a retyped column stands, where its reader can say that. */
async function withPlaces(changes: SchemaChange[], firstOther: Reading['firstOther']): Promise<SchemaChange[]> {
  const retyped = changes.flatMap(({ kind, column }) => (kind === 'retyped' && column !== null ? [keyOf(column)] : []));
  if (retyped.length === 0 || firstOther === undefined) return changes;
  const places = await firstOther(retyped);
  return changes.map((change) => {
    const first = change.column === null ? undefined : places.get(keyOf(change.column));
    return change.kind === 'retyped' && first !== undefined ? { ...change, first } : change;
  });
}

export interface IngestedSource {
  /** sentences without values of the data */
  readonly told: readonly string[];
  readonly changes: readonly SchemaChange[];
  readonly schema: SourceSchema;
}

async function ingestSource(
  database: Database,
  source: SourceFiles,
  { evolution, directory }: { evolution: Evolution; directory: string },
): Promise<IngestedSource> {
  try {
    const table = quoteName(source.name);
    const options = optionsOf(source);
    const known = source.pinned ?? null;
    const tried = triedFirst(known, options);
    const toRead = { table, source, directory, pinned: tried };
    const { told, timeFormats, firstOther } = await readers[source.format](database, toRead);
    const missing = await nullMissing(database, table);
    if (source.format !== 'csv' && source.columns !== undefined)
      await declareTypes(database, table, { source: source.name, columns: source.columns });
    const declared = new Map(Object.entries(source.columns ?? {}).map(([name, type]) => [keyOf(name), type]));
    const pinned = (known?.columns ?? []).map((column) =>
      declared.has(keyOf(column.name)) ? { ...column, type: null } : column,
    );
    const { found, order } = await keepTypes(database, table, { pinned, staysAsIs: evolution !== 'adapt' });
    const read: ReadSource = {
      source: source.name,
      pinned: known,
      options,
      found: found.map(({ name, type }) => {
        return { name, type: declared.get(keyOf(name)) ?? type, timeFormat: timeFormats.get(keyOf(name)) ?? null };
      }),
      order: source.format === 'jsonl' ? null : order,
      declared: new Set(declared.keys()),
    };
    const changes = await withPlaces(schemaChanges(read), firstOther);
    return { told: [...told, ...missing], changes, schema: nextSchema(read, evolution) };
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
