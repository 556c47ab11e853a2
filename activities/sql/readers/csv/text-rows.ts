import { type CsvFormat, missingTexts } from '../../../../schemas/index.js';
import { fileList } from '../../file-pattern.js';
import { quoteName, quoteText } from '../../sql-quote.js';
import { allNames, key, type NamedFile } from './column-names.js';

/** Files one after another whose columns are the same in the same order. */
export interface FileGroup {
  readonly names: readonly string[];
  /** of each column by its key, in the order of the files */
  readonly places: ReadonlyMap<string, number>;
  readonly files: readonly NamedFile[];
}

/** All records of a source as texts: what the scanner found is what the reader is told, and it may guess nothing. */
export interface TextRows {
  readonly names: readonly string[];
  readonly groups: readonly FileGroup[];
  readonly csv: CsvFormat;
}

export function textRows(files: readonly NamedFile[], csv: CsvFormat): TextRows {
  const groups: (FileGroup & { files: NamedFile[] })[] = [];
  for (const file of files) {
    const last = groups.at(-1);
    if (last !== undefined && isSame(last.names, file.names)) last.files.push(file);
    else groups.push({ names: file.names, places: placesOf(file.names), files: [file] });
  }
  return { names: allNames(files), groups, csv };
}

const isSame = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((name, index) => name === other[index]);

const placesOf = (names: readonly string[]) => new Map(names.map((name, index) => [key(name), index]));

/** SQL for a column of a group as text, null where it is missing; null where the group does not have it. */
export function textOf(group: FileGroup, name: string): string | null {
  const index = group.places.get(key(name));
  return index === undefined ? null : quoteName(`c${index}`);
}

/** SQL for a group's records; its columns are `c0`, `c1`, …, all of them text. */
export function recordsOf({ csv }: TextRows, { names, files }: FileGroup): string {
  const columns = names.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const longest = Math.max(...files.map(({ scan }) => scan.longestRecord));
  const [first] = files;
  const character = (code: number | undefined) =>
    quoteText(code === undefined || code === -1 ? '' : String.fromCharCode(code));
  const missing = new Set(['', ...(csv.nullValues ?? missingTexts)]); // an empty text is missing in every format
  const options = [
    'auto_detect=false',
    `header=${csv.header !== false}`,
    `delim=${character(first?.marks.delimiter)}`,
    `quote=${character(first?.marks.quote)}`,
    `escape=${character(first?.marks.escape)}`,
    "comment=''",
    'strict_mode=true',
    'null_padding=false',
    `parallel=${!files.some(({ scan }) => scan.hasLinesInQuotes)}`,
    'hive_partitioning=false',
    `nullstr=[${[...missing].map(quoteText).join(', ')}]`,
    `max_line_size=${Math.max(2_000_000, 2 * longest + 1000)}`,
    ...(longest > 8_000_000 ? [`buffer_size=${4 * longest}`] : []),
    "compression='none'",
    `columns={${columns}}`,
  ];
  return `read_csv(${fileList(files.map(({ readFrom }) => readFrom))}, ${options.join(', ')})`;
}

/** The texts of some columns, of all records of the source; columns `t0`, `t1`, …. */
export function allTexts(rows: TextRows, names: readonly string[]): string {
  const selects = rows.groups.map((group) => {
    const texts = names.map((name, i) => `${textOf(group, name) ?? 'NULL::VARCHAR'} AS "t${i}"`);
    return `SELECT ${texts.join(', ')} FROM ${recordsOf(rows, group)}`;
  });
  return selects.join(' UNION ALL ');
}
