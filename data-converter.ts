import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';

/** The compiled file that the workflow sandbox and Node both load. */
const payloadConverterPath = fileURLToPath(new URL('./workflows/payload-converter.js', import.meta.url));

/**
 * The one data converter of client, worker, replay and tests. Encryption will come in here, as a payload codec, and
 * nowhere else.
 */
export function dataConverter(): DataConverter {
  return { payloadConverterPath };
}
