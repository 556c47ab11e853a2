import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { type CsvFormat, failure } from '../../../schemas/index.js';

/** A file of text on this disk as plain UTF-8. */
export interface PlainFile {
  /** what messages call it */
  readonly name: string;
  readonly path: string;
  /** how it was written before, when nobody had said so */
  readonly notes: readonly string[];
}

type Chunks = AsyncIterable<Buffer>;
type Encoding = NonNullable<CsvFormat['encoding']>;

/** A file that is compressed, or not UTF-8, is written anew to `copy`; any other is read where it lies. */
export async function plainFile(path: string, copy: string, csv: CsvFormat): Promise<PlainFile> {
  const name = basename(path);
  const compression = csv.compression ?? compressionOf(name);
  const head = await firstBytes(unpacked(path, compression), name);
  const encoding = csv.encoding ?? encodingOf(head);
  requireText(name, head, encoding);
  if (compression === 'none' && encoding === 'utf-8') return { name, path, notes: [] };
  await write(copy, decoded(unpacked(path, compression), { encoding, head }), name);
  const isTold = csv.encoding !== undefined || encoding === 'utf-8';
  return { name, path: copy, notes: isTold ? [] : [`${name}: ${encoding}, as its byte order mark says`] };
}

/** The bytes of a file in pieces of a megabyte. */
export const chunksOf = (path: string): Chunks => createReadStream(path, { highWaterMark: 1 << 20 });

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The beginning of a file without the byte order mark of UTF-8. */
export const withoutMark = (head: Buffer): Buffer => (head.subarray(0, 3).equals(mark) ? head.subarray(3) : head);

async function firstBytes(chunks: Chunks, name: string): Promise<Buffer> {
  try {
    for await (const chunk of chunks) return chunk;
  } catch (error) {
    throw unreadable(name, error);
  }
  return Buffer.alloc(0);
}

function compressionOf(name: string): NonNullable<CsvFormat['compression']> {
  if (/\.gz$/i.test(name)) return 'gzip';
  return /\.zst$/i.test(name) ? 'zstd' : 'none';
}

function unpacked(path: string, compression: CsvFormat['compression']): Chunks {
  if (compression === 'gzip') return gunzipped(path);
  return compression === 'zstd' ? unzstd(createReadStream(path)) : chunksOf(path);
}

/** After the last member zeros may follow, as tapes have them. What else does was not read: a broken member is one. */
async function* gunzipped(path: string): Chunks {
  const unpack = createGunzip({ chunkSize: 1 << 18 });
  pipeline(createReadStream(path), unpack, () => {}); // closes both; what went wrong is thrown below
  yield* unpack;
  for await (const chunk of createReadStream(path, { start: unpack.bytesWritten }))
    if ((chunk as Buffer).some((byte) => byte !== 0)) throw new Error('bytes follow the end of its gzip data');
}

async function* unzstd(packed: Chunks): Chunks {
  let out: Buffer[] = [];
  const unpack = new Decompress((chunk) => out.push(Buffer.from(chunk)));
  for await (const chunk of packed) {
    unpack.push(chunk);
    yield* out;
    out = [];
  }
  unpack.push(new Uint8Array(), true);
  yield* out;
}

const encodingOf = (head: Buffer): Encoding => (utf16Order(head) === null ? 'utf-8' : 'utf-16');

/** The byte order mark of UTF-16, if there is one. */
function utf16Order(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null;
}

function requireText(name: string, head: Buffer, encoding: Encoding): void {
  const begin = head.subarray(0, 1000);
  if (encoding !== 'utf-8' || begin.filter((byte) => byte === 0).length * 5 < begin.length || begin.length === 0)
    return;
  const message = `${name}: line 1 is no UTF-8 text: every few bytes are 0. UTF-16 begins with its byte order mark; of a CSV file "csv": {"encoding": "utf-16"} may say it instead.`;
  throw failure('SOURCE_UNREADABLE', message, { file: name, line: 1 });
}

async function* decoded(chunks: Chunks, { encoding, head }: { encoding: Encoding; head: Buffer }): Chunks {
  if (encoding === 'utf-8') return yield* chunks;
  if (encoding === 'latin-1') {
    for await (const chunk of chunks) yield Buffer.from(chunk.toString('latin1'));
    return;
  }
  const decoder = new TextDecoder(encoding === 'utf-16' ? (utf16Order(head) ?? 'utf-16le') : encoding, { fatal: true });
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function write(path: string, chunks: Chunks, name: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    await file.close();
  }
}

function unreadable(name: string, cause: unknown): unknown {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/^E(NOSPC|IO|MFILE|ACCES)$/.test(reason)) return cause;
  const message = `${name} cannot be unpacked or decoded: ${cause instanceof Error ? cause.message : String(cause)}`;
  return failure('SOURCE_UNREADABLE', message, { file: name, cause });
}
