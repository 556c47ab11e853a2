import { failure } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { fileList } from '../file-pattern.js';
import { keyOf } from '../same-name.js';
import { isoFormat } from '../schema/time-formats.js';
import { quoteName } from '../sql-quote.js';
import { type Reader, requireRecords } from './reader.js';

/** Parquet says its types and how many rows it has. Files of one source may lack columns, and may differ in width of number. */
export const readParquet: Reader = async (database, toRead) => {
  const { table, source } = toRead;
  const columns = source.files.length === 1 ? [] : await columnsOf(database, source.files);
  const rows = allRows(source.files, columns.filter(isRounded));
  const mixed = columns.filter(({ byFile }) => kindsOf(byFile).length > 1);
  if (mixed.length > 0) await requireExact(database, rows, mixed);
  await database.run(`CREATE TABLE ${table} AS ${rows}`);
  const { records } = await database.row(
    `SELECT coalesce(sum(num_rows), 0)::DOUBLE AS records FROM parquet_file_metadata(${fileList(source.files)})`,
  );
  await requireRecords(database, toRead, Number(records));
  return {
    told: columns.flatMap((column) => differences(column, source.files.length)),
    timeFormats: await timeFormatsOf(database, table),
  };
};

async function timeFormatsOf(database: Database, table: string): Promise<Map<string, string>> {
  const formats = (await database.rows(`DESCRIBE ${table}`)).flatMap(({ column_name: name, column_type: type }) => {
    if (!/^(DATE|TIMESTAMP.*)$/.test(String(type))) return [];
    return [[keyOf(String(name)), /TIME ZONE/.test(String(type)) ? isoFormat.zoned : isoFormat.plain] as const];
  });
  return new Map(formats);
}

interface ParquetColumn {
  readonly name: string;
  /** DuckDB's type of it in each file that has it */
  readonly byFile: Map<string, string>;
}

async function columnsOf(database: Database, files: readonly string[]): Promise<ParquetColumn[]> {
  const columns = new Map<string, ParquetColumn>();
  for (const file of files) {
    for (const { column_name, column_type: type } of await database.rows(`DESCRIBE FROM ${reading([file])}`)) {
      const name = String(column_name);
      const column = columns.get(name.toLowerCase()) ?? { name, byFile: new Map() };
      column.byFile.set(file, String(type));
      columns.set(name.toLowerCase(), column);
    }
  }
  return [...columns.values()];
}

/** What the files do not have in common. */
function differences({ name, byFile }: ParquetColumn, files: number): string[] {
  const kinds = kindsOf(byFile);
  return [
    ...(byFile.size === files
      ? []
      : [`"${name}" is in ${byFile.size} of ${files} files: missing in the rows of the others`]),
    ...(kinds.length === 1 ? [] : [`"${name}" is ${kinds.join(' and ')} in the files: read as what holds both`]),
  ];
}

const kindsOf = (byFile: ParquetColumn['byFile']): string[] => [...new Set(byFile.values())];
const reading = (files: readonly string[]): string =>
  `read_parquet(${fileList(files)}, union_by_name=true, hive_partitioning=false)`;
const isFloating = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT';
const isExactNumber = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*)$/.test(type);
const isMeasured = (type: string): boolean =>
  isFloating(type) || isExactNumber(type) || /^(DATE|TIMESTAMP.*)$/.test(type);

/** DuckDB would read whole numbers and decimals as FLOAT beside one, and rounds decimals twice on their way to DOUBLE. */
function isRounded({ byFile }: ParquetColumn): boolean {
  const kinds = kindsOf(byFile);
  return kinds.some(isFloating) && kinds.some(isExactNumber);
}

/** The rows of all files in their order; `doubles` are made so in each file. */
function allRows(files: readonly string[], doubles: readonly ParquetColumn[]): string {
  if (doubles.length === 0) return `SELECT * FROM ${reading(files)}`;
  const runs: { types: string; made: string; files: string[] }[] = [];
  for (const file of files) {
    const types = doubles.map(({ byFile }) => byFile.get(file)).join();
    const last = runs.at(-1);
    if (last?.types === types) last.files.push(file);
    else runs.push({ types, made: doubles.flatMap((column) => asDouble(column, file)).join(', '), files: [file] });
  }
  const selects = runs.map(({ made, files }) => `SELECT *${made && ` REPLACE (${made})`} FROM ${reading(files)}`);
  return selects.join(' UNION ALL BY NAME ');
}

function asDouble({ name, byFile }: ParquetColumn, file: string): string[] {
  const [column, type] = [quoteName(name), byFile.get(file)];
  if (type === undefined) return [];
  const value = type.startsWith('DECIMAL') ? `CAST(${column} AS VARCHAR)` : column;
  return isFloating(type) || isExactNumber(type) ? [`CAST(${value} AS DOUBLE) AS ${column}`] : [];
}

/** In the type in which all files are read, every value has to be what it was. */
async function requireExact(database: Database, rows: string, columns: readonly ParquetColumn[]): Promise<void> {
  const described = await database.rows(`DESCRIBE ${rows}`);
  const types = new Map(described.map((row) => [String(row.column_name).toLowerCase(), String(row.column_type)]));
  for (const { name, byFile } of columns) {
    const common = types.get(name.toLowerCase()) ?? '';
    for (const [file, type] of byFile) {
      if (type === common || !isMeasured(type)) continue;
      const isSame = `${again(quoteName(name), type, common)} IS NOT DISTINCT FROM ${quoteName(name)}`;
      const { same } = await database.row(`SELECT coalesce(bool_and(${isSame}), true) AS same FROM ${reading([file])}`);
      if (same !== true) throw rounded(name, type, common);
    }
  }
}

/** The value after it was the common type. */
function again(column: string, type: string, common: string): string {
  if (!isFloating(common) || isFloating(type)) return `TRY_CAST(TRY_CAST(${column} AS ${common}) AS ${type})`;
  return `TRY_CAST(CAST(CAST(CAST(${column} AS VARCHAR) AS DOUBLE) AS VARCHAR) AS ${type.startsWith('DECIMAL') ? type : 'DECIMAL(38,0)'})`;
}

function rounded(name: string, type: string, common: string) {
  const other = isFloating(common) ? 'a floating number' : common;
  const message = `Column "${name}" is ${type} in one file and ${other} in another, which would change its values. Collect the files as two sources, and join them with "sql".`;
  return failure('SOURCE_UNREADABLE', message, { column: name });
}
