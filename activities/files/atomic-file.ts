import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Measured, measuring } from './hashing.js';

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes bytes into a new file of a folder that is there, measures them on the way, and lets `publish` put the finished and
 * synced file into its place. Whatever fails, nothing of it is left.
 */
export async function writeThenPublish<T>(
  folder: string,
  bytes: Bytes,
  publish: (part: string, measured: Measured) => Promise<T>,
): Promise<T> {
  const part = `${folder}/.${randomUUID()}.part`;
  try {
    return await publish(part, await write(part, bytes));
  } finally {
    await rm(part, { force: true });
  }
}

/** After any crash the file has either its old or its new content, and the new one once this returns. */
export async function writeDurably(file: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  await mkdir(dirname(file), { recursive: true });
  await writeThenPublish(dirname(file), [bytes], (part) => rename(part, file));
  await syncFolder(file);
}

/** A new name survives a power cut only when its folder is synced too. Windows cannot, and need not. */
export async function syncFolder(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function write(part: string, bytes: Bytes): Promise<Measured> {
  const file = await open(part, 'wx', 0o644);
  try {
    return await pour(bytes, file);
  } finally {
    await file.close();
  }
}

async function pour(bytes: Bytes, file: FileHandle): Promise<Measured> {
  const meter = measuring();
  for await (const chunk of bytes) {
    meter.add(chunk);
    for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten;
  }
  await file.sync();
  return meter.end();
}
