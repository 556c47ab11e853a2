import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { errorCode, failure } from '../../../schemas/index.js';
import { FieldsOf, type JsonField } from './json-fields.js';
import { RecordLines } from './json-lines.js';
import { JsonRecords } from './json-records.js';
import { readTokens } from './json-tokens.js';

export interface ScannedFile {
  readonly path: string;
  readonly records: number;
  readonly layout: JsonRecords['layout'];
  /** begins with a byte order mark, which DuckDB takes before a list alone */
  readonly isMarked: boolean;
}

/** Counts the records of the files and says what their keys hold, byte by byte. `recordsAt` is the path to the list of them. */
export async function scanJson(files: readonly string[], recordsAt: readonly string[]) {
  const fields = new FieldsOf();
  const scanned: ScannedFile[] = [];
  for (const path of files) {
    const found = new JsonRecords(recordsAt, fields);
    const start = { isMarked: false };
    await read(path, piecesOf(path, start), found);
    scanned.push({ path, records: found.records, layout: found.layout, ...start });
  }
  return { files: scanned, fields: fields.fields as readonly JsonField[] };
}

export interface JsonRewrite {
  readonly from: string;
  readonly to: string;
  readonly recordsAt: readonly string[];
  /** keys whose numbers become texts, as they were written */
  readonly quoted: ReadonlySet<string>;
}

/** Writes the records of one file anew, one a line, where DuckDB alone would not see them or would change them. */
export async function rewriteJson({ from, to, recordsAt, quoted }: JsonRewrite): Promise<ScannedFile> {
  const lines = new RecordLines(quoted);
  const found = new JsonRecords(recordsAt, new FieldsOf(), lines);
  const file = await open(to, 'wx');
  try {
    await read(
      from,
      eachWritten(piecesOf(from), () => file.writeFile(lines.take())),
      found,
    );
    await file.writeFile(lines.take());
  } finally {
    await file.close();
  }
  return { path: to, records: found.records, layout: 'newline_delimited', isMarked: false };
}

/** Whoever asks for the next piece is done with the last one. */
async function* eachWritten(pieces: AsyncIterable<Buffer>, write: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    await write();
  }
}

async function read(path: string, pieces: AsyncIterable<Buffer>, found: JsonRecords): Promise<void> {
  try {
    await readTokens(pieces, found);
    found.end();
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error;
    throw failure('SOURCE_UNREADABLE', `${basename(path)}: ${error.message}.`, { file: basename(path) });
  }
}

const pieceBytes = 1 << 20;

async function* piecesOf(path: string, start = { isMarked: false }): AsyncGenerator<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: pieceBytes });
  const plain = path.toLowerCase().endsWith('.gz') ? bytes.pipe(createGunzip({ chunkSize: pieceBytes })) : bytes;
  bytes.once('error', (error) => plain.destroy(error));
  let isFirst = true;
  for await (const piece of plain as AsyncIterable<Buffer>) {
    if (isFirst) requireUtf8(piece);
    start.isMarked ||= isFirst && piece.subarray(0, mark.length).equals(mark);
    yield isFirst && start.isMarked ? piece.subarray(mark.length) : piece;
    isFirst = false;
  }
}

const mark = Buffer.from('\uFEFF');

/** JSON is UTF-8 (RFC 8259). In UTF-16 every second byte of its first characters is 0. */
function requireUtf8([first, second]: Buffer): void {
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isUtf16 && first !== 0 && second !== 0) return;
  throw failure('SOURCE_UNREADABLE', 'is not UTF-8, which JSON is. Write it as UTF-8');
}
