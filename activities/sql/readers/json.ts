import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../schemas/index.js';
import { quoteText } from '../sql-quote.js';
import { type JsonColumn, jsonColumns } from './json-columns.js';
import { rewriteJson, type ScannedFile, scanJson } from './json-files.js';
import { readTimes } from './json-times.js';
import { fileList, type Reader, requireRecords, type ToRead } from './reader.js';

/**
 * JSON has types, and they are kept: a string comes out as it stands, a number as exact as it was written. The records are
 * counted and their types found byte by byte, over all files of the source together; DuckDB then reads with these types.
 */
export const readJson: Reader = async (database, toRead) => {
  const { table, source } = toRead;
  const { files, fields } = await scanJson(source.files, recordsAt(toRead));
  const columns = jsonColumns(fields);
  if (columns.length === 0)
    throw failure('EMPTY_DATASET', `Source "${source.name}" holds no record with a key.`, { source: source.name });
  const rows = runsOf(await readable(toRead, files, columns)).map((run) => selectFrom(run, columns));
  await database.run(`CREATE TABLE ${table} AS ${rows.join(' UNION ALL ')}`);
  await requireRecords(
    database,
    toRead,
    files.reduce((sum, file) => sum + file.records, 0),
  );
  const texts = columns.filter(
    ({ field, type }) => type === 'VARCHAR' && field.kinds.size === 1 && field.kinds.has('text'),
  );
  const times = await readTimes(
    database,
    table,
    texts.map(({ field }) => field.name),
  );
  return [...columns.flatMap(({ told }) => told ?? []), ...times, ...noNumbers(columns, files)];
};

const recordsAt = ({ source }: ToRead): string[] => source.json?.records?.split('.') ?? [];

/** The files that DuckDB can read with these types. */
async function readable(toRead: ToRead, files: readonly ScannedFile[], columns: readonly JsonColumn[]) {
  const path = recordsAt(toRead);
  const quoted = new Set(columns.filter((column) => column.quotesNumbers).map(({ field }) => field.name));
  const isPlain =
    !files.some((file) => file.isMarked) &&
    path.length === 0 &&
    quoted.size === 0 &&
    !columns.some(({ field }) => field.kinds.has('none'));
  if (isPlain) return files;
  await mkdir(toRead.directory, { recursive: true });
  const written: ScannedFile[] = [];
  for (const [index, { path: from }] of files.entries()) {
    const to = join(toRead.directory, `${index}.jsonl`);
    written.push(await rewriteJson({ from, to, recordsAt: path, quoted }));
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
function noNumbers(columns: readonly JsonColumn[], files: readonly ScannedFile[]): string[] {
  const all = files.reduce((sum, file) => sum + file.records, 0);
  return columns.flatMap(({ field }) => {
    const none = field.kinds.get('none');
    return none === undefined ? [] : [`${none.count} of ${all} "${field.name}" are NaN or infinite: read as missing`];
  });
}
