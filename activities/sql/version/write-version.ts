import { join } from 'node:path';
import { type Column, failure } from '../../../schemas/index.js';
import { type Database, type DatabaseAccess, withDatabase } from '../database.js';
import { fileList } from '../file-pattern.js';
import type { VersionContent } from '../sql-job.js';
import { quoteText } from '../sql-quote.js';
import { profileGroups, profileOf } from './profile.js';
import { countOf } from './validate.js';

/** A part of a wide table has fewer rows than was asked for: a part is sorted in memory. */
const cellsInPart = 20_000_000;
/** Row groups are buffered whole, and cut at whole vectors of 2048 rows. */
const cellsInRowGroup = 4_000_000;
const vectorRows = 2048;

/** Both limits follow from the number of columns alone, so that equal content is cut equally. */
const rowsPerPart = (columns: number, wanted: number): number =>
  Math.min(wanted, Math.max(1000, Math.floor(cellsInPart / columns)));
function parquet(columns: number): string {
  const vectors = Math.floor(cellsInRowGroup / columns / vectorRows);
  return `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${vectorRows * Math.min(60, Math.max(1, vectors))})`;
}

/**
 * Writes a table as Parquet parts, in the order of its rows. Each part is written by one thread and sorted by row id
 * first, which cuts it into equal vectors: the same rows give the same bytes, however the table came to be.
 */
export async function writeVersion(
  access: DatabaseAccess,
  table: string,
  { columns, partRows: wanted }: { columns: Column[]; partRows: number },
): Promise<VersionContent> {
  const partRows = rowsPerPart(columns.length, wanted);
  const writableDirectory = join(access.directory, 'out');
  return withDatabase({ ...access, threads: 1, writableDirectory }, async (database) => {
    const rows = await checkedRows(database, table);
    const count = Math.ceil(rows / partRows);
    const parts = Array.from({ length: count }, (_, index) => ({
      file: join(writableDirectory, `part-${String(index + 1).padStart(5, '0')}.parquet`),
      rows: Math.min(partRows, rows - index * partRows),
    }));
    const statements = parts.map((part, i) => `${copyStatement(table, i * partRows, part)} ${parquet(columns.length)}`);
    await database.twoAtATime(statements.map((sql) => (connection) => connection.run(sql)));
    const written = `read_parquet(${fileList(parts.map(({ file }) => file))})`;
    const profiles = await database.twoAtATime(
      profileGroups(columns).map((group) => (connection) => profileOf(connection, written, group)),
    );
    return { engine: await engineOf(database), columns, rows, parts, profile: profiles.flat() };
  });
}

/** Rows of a table that were set aside, with the names of the rules they broke. */
export async function writeQuarantine(access: DatabaseAccess, table: string, columns: number): Promise<string> {
  const writableDirectory = join(access.directory, 'out');
  const file = join(writableDirectory, 'quarantine.parquet');
  const rows = `SELECT t.*, q.failed_rules AS "failed rules" FROM mlops.quarantine q JOIN ${table} t ON t.rowid = q.r ORDER BY q.r`;
  await withDatabase({ ...access, threads: 1, writableDirectory }, (database) =>
    database.run(`COPY (${rows}) TO ${quoteText(file)} ${parquet(columns)}`),
  );
  return file;
}

/** Row ids are positions only in a table that never lost a row; ours never do, and this holds it. */
async function checkedRows(database: Database, table: string): Promise<number> {
  const rows = await countOf(database, table);
  const { last } = await database.row(`SELECT coalesce(max(rowid), -1)::DOUBLE AS last FROM ${table}`);
  if (Number(last) !== rows - 1)
    throw failure('SQL_FAILED', `Row ids of ${table} are not positions: ${rows} rows, last id ${last}.`);
  return rows;
}

const copyStatement = (table: string, from: number, part: { file: string; rows: number }): string =>
  `COPY (SELECT * FROM ${table} WHERE rowid >= ${from} AND rowid < ${from + part.rows} ORDER BY rowid) TO ${quoteText(part.file)}`;

async function engineOf(database: Database): Promise<string> {
  return `duckdb ${String((await database.row('SELECT version() AS v')).v).replace(/^v/, '')}`;
}
