import { type FileHandle, open } from 'node:fs/promises';
import { failure, type MatrixMeta } from '../../schemas/index.js';
import type { Matrix } from '../../statistics/learners/learner.js';

export interface Matrices {
  readonly train: Matrix;
  readonly validation: Matrix;
  readonly test: Matrix;
}

/** Reads a matrix file (see `MatrixMeta`): for each split its features, as little-endian float32, then its label as float64. */
export async function readMatrices(file: string, { features, rows }: MatrixMeta): Promise<Matrices> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const expected = (4 * features.length + 8) * (rows.train + rows.validation + rows.test);
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
  for (let f = 0; f < width; f++) columns.push(await readColumn(handle, new Float32Array(rows)));
  return { rows, columns, labels: await readColumn(handle, new Float64Array(rows)) };
}

async function readColumn<T extends Float32Array | Float64Array>(handle: FileHandle, column: T): Promise<T> {
  const bytes = new Uint8Array(column.buffer);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at);
    if (bytesRead === 0) throw failure('TRAINER_FAILED', 'The matrix ends too early.');
    at += bytesRead;
  }
  return column;
}
