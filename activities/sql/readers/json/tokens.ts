import { failure } from '../../../../schemas/index.js';

/** Hears the tokens of JSON texts in order. `bytes` are only good until the call returns. */
export interface TokenReader {
  /** one of `{ } [ ] , :` */
  mark(byte: number): void;
  /** a string, with its quotes */
  text(bytes: Buffer): void;
  /** a number, `true`, `false`, `null`, or what some write for them */
  word(bytes: Buffer): void;
  lineEnd(): void;
}

const [quote, backslash, newLine] = [0x22, 0x5c, 0x0a];
const marks = bytesOf('{}[],:');
const spaces = bytesOf(' \t\r\n');
const ends = Uint8Array.from(marks, (is, byte) => is | (spaces[byte] ?? 0) | Number(byte === quote));

/** Splits bytes into tokens, whatever the pieces they come in. It judges no grammar: who reads the values does. */
export async function readTokens(pieces: AsyncIterable<Buffer>, reader: TokenReader): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    rest = Buffer.from(bytes.subarray(wholeTokens(bytes, reader)));
  }
  if (rest.length === 0) return;
  if (rest[0] === quote) throw failure('SOURCE_UNREADABLE', 'ends within a string');
  reader.word(rest);
}

/** Returns where the first token begins that the bytes do not hold whole. */
function wholeTokens(bytes: Buffer, reader: TokenReader): number {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (marks[byte] === 1) reader.mark(byte);
    else if (byte === newLine) reader.lineEnd();
    else if (spaces[byte] === 0) {
      const end = byte === quote ? textEnd(bytes, at + 1) : wordEnd(bytes, at + 1);
      if (end === -1) return at;
      if (byte === quote) reader.text(bytes.subarray(at, end));
      else reader.word(bytes.subarray(at, end));
      at = end - 1;
    }
    at += 1;
  }
  return at;
}

/** Behind the closing quote; -1 where it is not there yet. */
function textEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 1;
  }
  return -1;
}

function wordEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (ends[bytes[at] as number] === 1) return at;
  return -1;
}

function bytesOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}
