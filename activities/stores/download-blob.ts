import { mkdir, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { errorCode } from '../../schemas/index.js';
import { type Bytes, writeThenPublish } from '../files/atomic-file.js';
import type { Measured } from '../files/hashing.js';
import { systemFailure } from '../processes/system-errors.js';
import { localFileUnusable } from './blob-errors.js';

export interface Download {
  readonly bytes: Bytes;
  readonly file: string;
  /** throws where they are not the bytes that were asked for */
  readonly check: (measured: Measured) => void;
  /** what an error of reading the store is */
  readonly storeFailure: (error: unknown) => unknown;
}

/** Streams a blob into a local file. A disk that is full here is this machine's trouble, not the store's. */
export async function downloadBlob({ bytes, file, check, storeFailure }: Download): Promise<void> {
  const folder = dirname(resolve(file));
  try {
    await mkdir(folder, { recursive: true });
    await writeThenPublish(folder, readingFrom(bytes, storeFailure), async (part, measured) => {
      check(measured);
      await rename(part, file);
    });
  } catch (error) {
    throw errorCode(error) === null ? localFailure(file, error) : error;
  }
}

async function* readingFrom(bytes: Bytes, storeFailure: Download['storeFailure']): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw storeFailure(error);
  }
}

function localFailure(file: string, error: unknown): ApplicationFailure {
  return systemFailure(error, `${file} cannot be written`) ?? localFileUnusable(file, error);
}
