import { type Column, failure } from '../../../schemas/index.js';
import { type Database, type Row, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { pickRows, sampleOrder, splitNames } from '../matrix/splits.js';
import type { RawRows, SampleJob } from '../sql-job.js';
import { quoteName } from '../sql-quote.js';

/** The child's half of `sampleRawRows`: rows of one split as a request would carry them. */
export async function sampleJob({
  directory,
  limits,
  dataset,
  roles,
  input,
  split,
  columns,
  count,
}: SampleJob): Promise<RawRows> {
  const access = { directory, limits };
  const wanted = columns.map((name) => columnNamed(dataset.columns, name));
  await ingestDataset(access, dataset);
  return withDatabase(access, async (database) => {
    await pickRows(database, roles, input);
    const picked = `SELECT r FROM mlops.picked WHERE s = ${splitNames.indexOf(split)} ORDER BY ${sampleOrder(input.seed)} LIMIT ${count}`;
    return readRows(database, wanted, `FROM dataset WHERE rowid IN (${picked}) ORDER BY rowid`);
  });
}

async function readRows(database: Database, columns: readonly Column[], from: string): Promise<RawRows> {
  const list = columns.map((column, index) => `${rawIn(column)} AS v${index}`).join(', ');
  const rows = await database.rows(`SELECT ${list} ${from}`);
  return Object.fromEntries(columns.map(({ name }, index) => [name, rows.map((row) => rawValue(row, index))]));
}

function rawIn({ name, type }: Column): string {
  const column = quoteName(name);
  if (type === 'timestamp') return `CASE WHEN isfinite(${column}) THEN floor(epoch_us(${column}) / 1000) END`;
  return type === 'integer' ? `${column}::DOUBLE` : column;
}

function rawValue(row: Row, index: number): number | string | boolean | null {
  const value = row[`v${index}`];
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function columnNamed(columns: readonly Column[], name: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw failure('SCHEMA_CHANGED', `There is no column "${name}" in the dataset.`, { column: name });
}
