import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type PinnedType } from '../../../schemas/index.js';
import { fileList } from '../file-pattern.js';
import { keyOf } from '../same-name.js';
import type { SourceFiles } from '../sql-job.js';
import { quoteText } from '../sql-quote.js';
import { type JsonColumn, jsonColumns } from './json/columns.js';
import { rewriteJson, type ScannedFile, scanJson } from './json/files.js';
import { readTimes } from './json/times.js';
import { type PlainFile, plainFile } from './plain-text.js';
import { type Reader, requireRecords, type ToRead } from './reader.js';

/**
 * JSON has types, and they are kept: a string comes out as it stands, a number as exact as it was written. The records are
 * counted and their types found byte by byte, over all files of the source together; DuckDB then reads with these types.
 */
export const readJson: Reader = async (database, toRead) => {
  const { table, source } = toRead;
  const folder = join(toRead.directory, 'read', source.name);
  const { files, fields } = await scanJson(await plainFiles(source, folder), recordsAt(source));
  const texts = knownTexts(toRead);
  const columns = jsonColumns(fields, texts);
  if (columns.length === 0)
    throw failure('EMPTY_DATASET', `Source "${source.name}" holds no record with a key.`, { source: source.name });
  const readable = isReadable(source, files, columns) ? files : await rewritten(source, { folder, files, columns });
  const runs = runsOf(readable).map((run) => selectFrom(run, columns));
  await database.run(`CREATE TABLE ${table} AS ${runs.join(' UNION ALL ')}`);
  const records = files.reduce((sum, file) => sum + file.records, 0);
  await requireRecords(database, toRead, records);
  const times = await readTimes(database, table, textColumns(columns, texts));
  return {
    told: [...columns.flatMap(({ told }) => told ?? []), ...times.told, ...noNumbers(columns, records)],
    timeFormats: times.formats,
  };
};

async function plainFiles({ files }: SourceFiles, folder: string): Promise<PlainFile[]> {
  await mkdir(folder, { recursive: true });
  const plain: PlainFile[] = [];
  for (const [index, path] of files.entries()) plain.push(await plainFile(path, join(folder, `${index}.json`), {}));
  return plain;
}

const recordsAt = ({ json }: SourceFiles): string[] => json?.records?.split('.') ?? [];

/** Keys of the columns that were declared to be texts, or that the dataset knows as texts: they are not looked at for more. */
function knownTexts({ pinned, source: { columns = {} } }: ToRead): ReadonlySet<string> {
  const known = new Map<string, PinnedType | null>(pinned.map(({ name, type }) => [keyOf(name), type]));
  for (const [name, type] of Object.entries(columns)) known.set(keyOf(name), type);
  return new Set([...known].filter(([, type]) => type === 'string').map(([name]) => name));
}

/** Columns of strings and nothing else, which may be times. */
function textColumns(columns: readonly JsonColumn[], known: ReadonlySet<string>): string[] {
  const texts = columns.filter(({ field: { kinds } }) => kinds.size === 1 && kinds.has('text'));
  return texts.map(({ field }) => field.name).filter((name) => !known.has(keyOf(name)));
}

/** Whether DuckDB finds the records of the files and does not change their values. */
function isReadable(source: SourceFiles, files: readonly ScannedFile[], columns: readonly JsonColumn[]): boolean {
  const isChanged = columns.some(({ field, quotesNumbers }) => quotesNumbers || field.kinds.has('none'));
  return !isChanged && recordsAt(source).length === 0 && !files.some((file) => file.isMarked);
}

interface ToRewrite {
  readonly folder: string;
  readonly files: readonly ScannedFile[];
  readonly columns: readonly JsonColumn[];
}

async function rewritten(source: SourceFiles, { folder, files, columns }: ToRewrite): Promise<ScannedFile[]> {
  const quoted = new Set(columns.filter((column) => column.quotesNumbers).map(({ field }) => field.name));
  const written: ScannedFile[] = [];
  for (const [index, from] of files.entries()) {
    const to = join(folder, `${index}.records.jsonl`);
    written.push(await rewriteJson(from, { to, recordsAt: recordsAt(source), quoted }));
  }
  return written;
}

/** Files of one layout that follow one another are read together; the order of the files stays. */
function runsOf(files: readonly ScannedFile[]): ScannedFile[][] {
  const runs: ScannedFile[][] = [];
  for (const file of files.filter(({ records }) => records > 0)) {
    const last = runs.at(-1);
    if (last?.[0]?.layout === file.layout) last.push(file);
    else runs.push([file]);
  }
  return runs;
}

function selectFrom(run: readonly ScannedFile[], columns: readonly JsonColumn[]): string {
  const types = columns.map(({ field, type }) => `${quoteText(field.name)}: ${quoteText(type)}`).join(', ');
  const files = fileList(run.map(({ path }) => path));
  return `SELECT * FROM read_json(${files}, format='${run[0]?.layout}', columns={${types}}, hive_partitioning=false)`;
}

/** NaN and its like have no JSON form, but are written. */
const noNumbers = (columns: readonly JsonColumn[], records: number): string[] =>
  columns.flatMap(({ field }) => {
    const none = field.kinds.get('none');
    return none === undefined
      ? []
      : [`${none.count} of ${records} "${field.name}" are NaN or infinite, read as missing`];
  });
