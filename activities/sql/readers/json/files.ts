import { open } from 'node:fs/promises';
import { errorCode, failure } from '../../../../schemas/index.js';
import { chunksOf, type PlainFile, withoutMark } from '../plain-text.js';
import { FieldsOf, type JsonField } from './fields.js';
import { RecordLines } from './lines.js';
import { JsonRecords } from './records.js';
import { readTokens } from './tokens.js';

export interface ScannedFile extends Pick<PlainFile, 'name' | 'path'> {
  readonly records: number;
  readonly layout: JsonRecords['layout'];
  /** begins with a byte order mark, which DuckDB takes before a list alone */
  readonly isMarked: boolean;
}

/** Counts the records of the files and says what their keys hold, byte by byte. `recordsAt` is the path to the list of them. */
export async function scanJson(files: readonly PlainFile[], recordsAt: readonly string[]) {
  const fields = new FieldsOf();
  const scanned: ScannedFile[] = [];
  for (const { name, path } of files) {
    const found = new JsonRecords(recordsAt, fields);
    const start = { isMarked: false };
    await read(name, piecesOf(path, start), found);
    scanned.push({ name, path, records: found.records, layout: found.layout, ...start });
  }
  return { files: scanned, fields: fields.fields as readonly JsonField[] };
}

export interface JsonRewrite {
  readonly to: string;
  readonly recordsAt: readonly string[];
  /** keys whose numbers become texts, as they were written */
  readonly quoted: ReadonlySet<string>;
}

/** Writes the records of one file anew, one a line, where DuckDB alone would not see them or would change them. */
export async function rewriteJson(from: ScannedFile, { to, recordsAt, quoted }: JsonRewrite): Promise<ScannedFile> {
  const lines = new RecordLines(quoted);
  const found = new JsonRecords(recordsAt, new FieldsOf(), lines);
  const file = await open(to, 'wx');
  try {
    await read(
      from.name,
      eachWritten(piecesOf(from.path), () => file.writeFile(lines.take())),
      found,
    );
    await file.writeFile(lines.take());
  } finally {
    await file.close();
  }
  return { ...from, path: to, layout: 'newline_delimited', isMarked: false };
}

/** Whoever asks for the next piece is done with the last one. */
async function* eachWritten(pieces: AsyncIterable<Buffer>, write: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    await write();
  }
}

async function read(name: string, pieces: AsyncIterable<Buffer>, found: JsonRecords): Promise<void> {
  try {
    await readTokens(pieces, found);
    found.end();
  } catch (error) {
    if (errorCode(error) === null || !(error instanceof Error)) throw error;
    throw failure('SOURCE_UNREADABLE', `${name}: ${error.message}.`, { file: name });
  }
}

/** Some put a byte order mark before JSON, which has none (RFC 8259). */
async function* piecesOf(path: string, start = { isMarked: false }): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const piece of chunksOf(path)) {
    const text = isFirst ? withoutMark(piece) : piece;
    start.isMarked ||= text.length < piece.length;
    yield text;
    isFirst = false;
  }
}
