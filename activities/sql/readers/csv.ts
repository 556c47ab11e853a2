import { join } from 'node:path';
import { failure, missingTexts } from '../../../schemas/index.js';
import type { SourceFiles } from '../sql-job.js';
import { namedFiles } from './csv/column-names.js';
import { scanSource } from './csv/dialect.js';
import { firstLook } from './csv/infer.js';
import { loadAll } from './csv/load-all.js';
import { exactly } from './csv/rewrite.js';
import { told } from './csv/tell.js';
import { textRows } from './csv/text-rows.js';
import { plainFile } from './plain-text.js';
import type { Reader } from './reader.js';

/**
 * Reads CSV files exactly: our scanner cuts them into records and says how they are written, DuckDB takes the values by that
 * alone, and both must count the same. Types hold for the whole source, or the column is text.
 */
export const readCsv: Reader = async (database, { table, source, directory }) => {
  const csv = source.csv ?? {};
  const plain = [];
  for (const [index, path] of source.files.entries())
    plain.push(await plainFile(path, copyOf(directory, source, index), csv));
  const scanned = await scanSource(plain, csv);
  const files = [];
  for (const [index, file] of scanned.files.entries())
    files.push(await exactly(file, `${copyOf(directory, source, index)}.records`));
  const named = namedFiles(files, csv.header);
  const rows = textRows(named.files, csv);
  if (rows.names.length === 0) throw empty(source);
  const plans = await loadAll(database, table, { rows, plans: await firstLook(database, rows, source.columns ?? {}) });
  return [
    ...(csv.nullValues === undefined ? [`missing: ${missingTexts.map((text) => text || 'empty').join(', ')}`] : []),
    ...plain.flatMap(({ notes }) => notes),
    ...scanned.notes,
    ...named.notes,
    ...(await told(database, table, plans)),
  ];
};

/** Paths that a reader of this source may write to, and DuckDB may read then. */
export const copiesOf = (directory: string, source: SourceFiles): string[] =>
  source.files.flatMap((_, index) => [copyOf(directory, source, index), `${copyOf(directory, source, index)}.records`]);

const copyOf = (directory: string, { name }: SourceFiles, index: number) => join(directory, `${name}.${index}.csv`);

const empty = ({ name }: SourceFiles) =>
  failure('EMPTY_DATASET', `Source "${name}" holds no line: there is no header, and no row.`, { source: name });
