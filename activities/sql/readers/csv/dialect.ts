import { type CsvFormat, errorCode, failure } from '../../../../schemas/index.js';
import { type PlainFile, withoutMark } from '../plain-text.js';
import { fieldsOf } from './fields.js';
import { carriageReturn, lineFeed, type Marks } from './record-grammar.js';
import { beginningOf, byteOf, marksOf, scanFile, unreadable } from './scan-file.js';
import { CsvScanner, type Fault } from './scanner.js';

export interface ScannedFile extends PlainFile {
  readonly marks: Marks;
  readonly scan: CsvScanner;
  /** the records alone, as DuckDB reads them: the file itself, or its copy */
  readonly readFrom: string;
  /** what the first record says, field by field */
  readonly first: readonly string[];
}

const delimiters = [',', ';', '\t', '|'];

interface Head {
  readonly file: PlainFile;
  readonly bytes: Buffer;
  readonly isWhole: boolean;
  /** `sep=;`, as spreadsheets write it in front of the header */
  readonly separator: string | null;
}

/**
 * Cuts all files of a source by one delimiter: the one that was said, or the one by which the first record has several
 * fields and every other record has as many. Where two would do, or none does, it is refused.
 */
export async function scanSource(
  files: readonly PlainFile[],
  csv: CsvFormat,
): Promise<{ files: ScannedFile[]; notes: string[] }> {
  const heads: Head[] = [];
  for (const file of files) heads.push(await headOf(file));
  const filled = heads.filter((head) => !isEmpty(head));
  const found = csv.delimiter === undefined && filled.length > 0 ? await delimiterOf(filled, csv) : null;
  const done: ScannedFile[] = [];
  for (const head of filled) done.push(await scanned(head, csv, csv.delimiter ?? found ?? ','));
  const empty = heads.filter(isEmpty).map(({ file }) => `${file.name} is empty`);
  return { files: done, notes: [...(found === null ? [] : [`delimiter ${named(found)}`]), ...empty] };
}

/** Also a byte order mark or ends of lines alone are no record. */
const isEmpty = ({ bytes, isWhole }: Head): boolean =>
  isWhole && withoutMark(bytes).every((byte) => byte === lineFeed || byte === carriageReturn);

async function scanned(head: Head, csv: CsvFormat, delimiter: string): Promise<ScannedFile> {
  const marks = marksIn(head, csv, delimiter);
  const scan = await scanFile(head.file, marks);
  return {
    ...head.file,
    marks,
    scan,
    readFrom: head.file.path,
    first: fieldsOf(Buffer.concat(scan.first).toString(), marks),
  };
}

const named = (delimiter: string) => (delimiter === '\t' ? 'tab' : `"${delimiter}"`);

const marksIn = ({ separator }: Head, csv: CsvFormat, delimiter: string): Marks =>
  marksOf(csv, byteOf(delimiter, -1), separator === null ? 0 : 1);

async function headOf(file: PlainFile): Promise<Head> {
  const { bytes, isWhole } = await beginningOf(file);
  const [, separator = null] = /^sep=([^\r\n"])\r?\n/.exec(withoutMark(bytes).subarray(0, 20).toString()) ?? [];
  return { file, bytes, isWhole, separator };
}

async function delimiterOf(heads: readonly Head[], csv: CsvFormat): Promise<string> {
  const separators = new Set(heads.map(({ separator }) => separator));
  const [separator = null] = separators;
  if (separator !== null && separators.size === 1) return separator;
  const trials = delimiters.map((delimiter) => trialOf(heads, csv, delimiter)).filter(({ width }) => width > 1);
  if (trials.length === 0) return ',';
  const fitting = trials.filter(({ fault }) => fault === null);
  if (fitting.length === 1 && fitting[0] !== undefined) return fitting[0].delimiter;
  if (fitting.length === 0) throw furthest(trials);
  return onlyOne(
    heads,
    csv,
    fitting.map(({ delimiter }) => delimiter),
  );
}

interface Trial {
  readonly delimiter: string;
  readonly width: number;
  readonly fault: { readonly file: PlainFile; readonly at: Fault } | null;
}

/** How far the beginnings of all files go by a delimiter; the width is that of the narrowest first record. */
function trialOf(heads: readonly Head[], csv: CsvFormat, delimiter: string): Trial {
  let [width, fault]: [number, Trial['fault']] = [Number.POSITIVE_INFINITY, null];
  for (const head of heads) {
    const scanner = new CsvScanner(marksIn(head, csv, delimiter));
    scanner.push(withoutMark(head.bytes));
    if (head.isWhole) scanner.end();
    width = Math.min(width, scanner.width);
    if (scanner.fault !== null) fault ??= { file: head.file, at: scanner.fault };
  }
  return { delimiter, width, fault };
}

function furthest(trials: readonly Trial[]): Error {
  const [last] = trials.toSorted((one, other) => (other.fault?.at.line ?? 0) - (one.fault?.at.line ?? 0));
  if (last === undefined || last.fault === null) throw failure('SOURCE_UNREADABLE', 'No delimiter was tried.');
  return unreadable(last.fault.file, last.fault.at);
}

async function onlyOne(heads: readonly Head[], csv: CsvFormat, candidates: readonly string[]): Promise<string> {
  const fitting: string[] = [];
  for (const delimiter of candidates) if (await fitsAll(heads, csv, delimiter)) fitting.push(delimiter);
  const [first = candidates[0] ?? ',', ...others] = fitting;
  if (others.length === 0) return first;
  const message = `${heads[0]?.file.name}: line 1 and all others have as many fields by ${fitting.map(named).join(' as by ')}. Say "csv": {"delimiter": …}.`;
  throw failure('SOURCE_UNREADABLE', message, { delimiters: fitting });
}

async function fitsAll(heads: readonly Head[], csv: CsvFormat, delimiter: string): Promise<boolean> {
  try {
    for (const head of heads) await scanFile(head.file, marksIn(head, csv, delimiter));
    return true;
  } catch (error) {
    if (errorCode(error) === 'SOURCE_UNREADABLE') return false;
    throw error;
  }
}
