import { failure } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import { fileList } from '../file-pattern.js';
import { quoteName } from '../sql-quote.js';
import { type Reader, requireRecords, type ToRead } from './reader.js';

/** Parquet says its types and how many rows it has. Files of one source may lack columns, and may differ in width of number. */
export const readParquet: Reader = async (database, toRead) => {
  const { table, source } = toRead;
  const rows = `read_parquet(${fileList(source.files)}, union_by_name=true, hive_partitioning=false)`;
  const told = source.files.length === 1 ? [] : await differences(database, toRead);
  await database.run(`CREATE TABLE ${table} AS SELECT * FROM ${rows}`);
  const { records } = await database.row(
    `SELECT coalesce(sum(num_rows), 0)::DOUBLE AS records FROM parquet_file_metadata(${fileList(source.files)})`,
  );
  await requireRecords(database, toRead, Number(records));
  return told;
};

/** What the files do not have in common. A type that would take digits from another file's numbers is refused. */
async function differences(database: Database, { source }: ToRead): Promise<string[]> {
  const types = await typesByColumn(database, source.files);
  const told: string[] = [];
  for (const [name, byFile] of types) {
    const kinds = [...new Set(byFile.values())];
    if (byFile.size < source.files.length)
      told.push(`"${name}" is in ${byFile.size} of ${source.files.length} files: missing in the rows of the others`);
    if (kinds.length === 1) continue;
    told.push(`"${name}" is ${kinds.join(' and ')} in the files: read as what holds both`);
    if (kinds.some(isFloating))
      await requireExact(
        database,
        name,
        [...byFile].filter(([, type]) => isWide(type)),
      );
  }
  return told;
}

async function typesByColumn(database: Database, files: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const types = new Map<string, Map<string, string>>();
  for (const file of files) {
    for (const { column_name: name, column_type: type } of await database.rows(`DESCRIBE FROM ${reading(file)}`)) {
      const byFile = types.get(String(name)) ?? new Map<string, string>();
      types.set(String(name), byFile.set(file, String(type)));
    }
  }
  return types;
}

const reading = (file: string): string => `read_parquet(${fileList([file])}, hive_partitioning=false)`;
const isFloating = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT';
const isWide = (type: string): boolean => /^(U?BIGINT|DECIMAL\(.*)$/.test(type);

/** As doubles these numbers have to be what they were. */
async function requireExact(database: Database, name: string, files: readonly [string, string][]): Promise<void> {
  const column = quoteName(name);
  for (const [file, type] of files) {
    const { same } = await database.row(
      `SELECT coalesce(bool_and(TRY_CAST(CAST(${column}::VARCHAR::DOUBLE AS VARCHAR) AS ${type === 'BIGINT' || type === 'UBIGINT' ? 'DECIMAL(38,0)' : type}) = ${column}), true) AS same FROM ${reading(file)}`,
    );
    if (same === true) continue;
    const message = `Column "${name}" is ${type} in one file and a floating number in another, which would round it. Collect the files as two sources, and join them with "sql".`;
    throw failure('SOURCE_UNREADABLE', message, { column: name });
  }
}
