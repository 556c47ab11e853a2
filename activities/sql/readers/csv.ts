import { join } from 'node:path';
import { failure, missingTexts } from '../../../schemas/index.js';
import { keyOf } from '../same-name.js';
import type { SourceFiles } from '../sql-job.js';
import { namedFiles } from './csv/column-names.js';
import { scanSource } from './csv/dialect.js';
import { firstOthers } from './csv/first-other.js';
import { type ColumnPlan, firstLook } from './csv/infer.js';
import { loadAll } from './csv/load-all.js';
import { exactly } from './csv/rewrite.js';
import { toldOf } from './csv/tell.js';
import { textRows } from './csv/text-rows.js';
import { plainFile } from './plain-text.js';
import type { Reader } from './reader.js';

/**
 * Reads CSV files exactly: our scanner cuts them into records and says how they are written, DuckDB takes the values by that
 * alone, and both must count the same. Types hold for the whole source, or the column is text.
 */
export const readCsv: Reader = async (database, { table, source, directory, pinned }) => {
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
  const known = { declared: source.columns ?? {}, pinned };
  const plans = await loadAll(database, table, { rows, plans: await firstLook(database, rows, known) });
  const told = [
    ...(await toldOf(database, table, plans)),
    ...named.notes,
    ...plain.flatMap(({ notes }) => notes),
    ...scanned.notes,
    ...(csv.nullValues === undefined ? [`missing: ${missingTexts.map((text) => text || 'empty').join(', ')}`] : []),
  ];
  const firstOther = (columns: readonly string[]) =>
    firstOthers(
      database,
      rows,
      plans.filter(({ name }) => columns.includes(keyOf(name))),
    );
  return { told, timeFormats: timeFormatsOf(plans), firstOther };
};

const timeFormatsOf = (plans: readonly ColumnPlan[]): ReadonlyMap<string, string> =>
  new Map(plans.flatMap(({ name, kind }) => (kind?.timeFormat === undefined ? [] : [[keyOf(name), kind.timeFormat]])));

/** Paths that a reader of this source may write to, and DuckDB may read then. */
export const copiesOf = (directory: string, source: SourceFiles): string[] =>
  source.files.flatMap((_, index) => [copyOf(directory, source, index), `${copyOf(directory, source, index)}.records`]);

const copyOf = (directory: string, { name }: SourceFiles, index: number) => join(directory, `${name}.${index}.csv`);

const empty = ({ name }: SourceFiles) =>
  failure('EMPTY_DATASET', `Source "${name}" holds no line: there is no header, and no row.`, { source: name });
