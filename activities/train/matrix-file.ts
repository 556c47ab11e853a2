import { type FileHandle, open } from 'node:fs/promises';
import { failure, type MatrixMeta } from '../../schemas/index.js';
import type { Matrix } from '../../statistics/learners/learner.js';

export interface Matrices {
  readonly train: Matrix;
  readonly validation: Matrix;
  readonly test: Matrix;
}

/** Reads a matrix file (see `MatrixMeta`): for each split its features, then its label, as little-endian float32. */
export async function readMatrices(file: string, { features, rows }: MatrixMeta): Promise<Matrices> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const expected = 4 * (features.length + 1) * (rows.train + rows.validation + rows.test);
    if (size !== expected)
      throw failure('TRAINER_FAILED', `The matrix has ${size} bytes in place of ${expected}.`, { size, expected });
    const train = await readMatrix(handle, features.length, rows.train);
    const validation = await readMatrix(handle, features.length, rows.validation);
    return { train, validation, test: await readMatrix(handle, features.length, rows.test) };
  } finally {
    await handle.close();
  }
}

/** From where the handle stands. */
async function readMatrix(handle: FileHandle, width: number, rows: number): Promise<Matrix> {
  const columns: Float32Array[] = [];
  for (let f = 0; f < width; f++) columns.push(await readColumn(handle, rows));
  return { rows, columns, labels: await readColumn(handle, rows) };
}

async function readColumn(handle: FileHandle, rows: number): Promise<Float32Array> {
  const column = new Float32Array(rows);
  const bytes = new Uint8Array(column.buffer);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at);
    if (bytesRead === 0) throw failure('TRAINER_FAILED', 'The matrix ends too early.');
    at += bytesRead;
  }
  return column;
}
