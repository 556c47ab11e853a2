import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { ScannedFile } from './dialect.js';
import { scanFile } from './scan-file.js';

/** Whether a file holds lines that a reader would take otherwise than the scanner: comments, skipped ones, two kinds of ends. */
const needsRewriting = ({ scan }: ScannedFile): boolean =>
  scan.otherLines > 0 || (scan.lineEnds.bare > 0 && scan.lineEnds.withReturn > 0);

const bufferBytes = 1 << 20;

/** The file to be read by DuckDB: itself, or its records written to `copy`. */
export async function exactly(file: ScannedFile, copy: string): Promise<ScannedFile> {
  if (!needsRewriting(file)) return file;
  await rewriteRecords(file, copy);
  return { ...file, readFrom: copy };
}

/** Writes the records alone, byte for byte, each with one line feed. */
async function rewriteRecords(file: ScannedFile, copy: string): Promise<void> {
  const out = openSync(copy, 'wx');
  let [waiting, bytes]: [Buffer[], number] = [[], 0];
  const flush = () => {
    writeFileSync(out, Buffer.concat(waiting));
    [waiting, bytes] = [[], 0];
  };
  const put = (chunk: Buffer) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes > bufferBytes) flush();
  };
  try {
    await scanFile(file, file.marks, { sink: { bytes: put, endRecord: () => put(lineEnd) } });
    flush();
  } finally {
    closeSync(out);
  }
}

const lineEnd = Buffer.from('\n');
