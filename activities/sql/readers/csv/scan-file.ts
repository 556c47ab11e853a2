import { isUtf8 } from 'node:buffer';
import { type CsvFormat, failure } from '../../../../schemas/index.js';
import { chunksOf, type PlainFile, withoutMark } from '../plain-text.js';
import { lineFeed, type Marks } from './record-grammar.js';
import { CsvScanner, type ScanUntil } from './scanner.js';

/** Reads a whole file past the scanner. SOURCE_UNREADABLE names the first line that is no record of the file, or no UTF-8. */
export async function scanFile(file: PlainFile, marks: Marks, until: ScanUntil = {}): Promise<CsvScanner> {
  const scanner = new CsvScanner(marks, until);
  const text = new Utf8Check();
  let isFirst = true;
  for await (const chunk of chunksOf(file.path)) {
    text.push(chunk);
    scanner.push(isFirst ? withoutMark(chunk) : chunk);
    isFirst = false;
    if (scanner.isDone || text.bad !== null) break;
  }
  if (!scanner.isDone) text.end();
  if (text.bad !== null) throw unreadable(file, { line: await lineAt(file, text.bad), what: noUtf8 });
  scanner.end();
  if (scanner.fault !== null) throw unreadable(file, scanner.fault);
  return scanner;
}

const noUtf8 = 'holds bytes that are no UTF-8. Say "csv": {"encoding": "latin-1"}, or whichever it is';

/** So much of a file is looked at to find out its delimiter; then the whole file must keep to it. */
const headBytes = 1 << 18;
export async function beginningOf(file: PlainFile): Promise<{ bytes: Buffer; isWhole: boolean }> {
  for await (const chunk of chunksOf(file.path))
    return { bytes: chunk.subarray(0, headBytes), isWhole: chunk.length < headBytes };
  return { bytes: Buffer.alloc(0), isWhole: true };
}

export function unreadable({ name }: PlainFile, { line, what }: { line: number; what: string }): Error {
  return failure('SOURCE_UNREADABLE', `${name}: line ${line} ${what}.`, { file: name, line });
}

export const byteOf = (character: string | undefined, otherwise: number): number =>
  character === undefined ? otherwise : (character.codePointAt(0) ?? -1);

const doubleQuote = 34;

/** What a person said, or what nobody varies: `"` quotes and escapes, no comments, nothing before the header. */
export function marksOf(csv: CsvFormat, delimiter: number, least = 0): Marks {
  const quote = csv.quote === '' ? -1 : byteOf(csv.quote, doubleQuote);
  const escape = quote === -1 ? -1 : byteOf(csv.escape, quote);
  return { delimiter, quote, escape, comment: byteOf(csv.comment, -1), skip: Math.max(csv.skip ?? 0, least) };
}

/** Characters that two chunks of a file share are looked at with the second one. */
class Utf8Check {
  /** where a piece begins that is no UTF-8 */
  bad: number | null = null;
  #rest = Buffer.alloc(0);
  #offset = 0;

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.length - unfinished(bytes);
    this.#check(bytes.subarray(0, end));
    this.#rest = Buffer.from(bytes.subarray(end));
  }

  end(): void {
    this.#check(this.#rest);
  }

  #check(piece: Buffer): void {
    if (this.bad !== null) return;
    const at = isUtf8(piece) ? null : badOffset(piece);
    if (at !== null) this.bad = this.#offset + at;
    this.#offset += piece.length;
  }
}

/** How many bytes at the end are the beginning of a character: three at most. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // within a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

/** Where the first line begins that is no UTF-8. */
function badOffset(piece: Buffer): number {
  let from = 0;
  for (let to = piece.indexOf(lineFeed); to !== -1; to = piece.indexOf(lineFeed, from)) {
    if (!isUtf8(piece.subarray(from, to))) return from;
    from = to + 1;
  }
  return from;
}

async function lineAt(file: PlainFile, offset: number): Promise<number> {
  let [line, passed] = [1, 0];
  for await (const chunk of chunksOf(file.path)) {
    const before = chunk.subarray(0, offset - passed);
    for (let at = before.indexOf(lineFeed); at !== -1; at = before.indexOf(lineFeed, at + 1)) line++;
    passed += before.length;
    if (passed >= offset) break;
  }
  return line;
}
