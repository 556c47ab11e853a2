import { failure, readConfiguration, shownUrl } from '../../schemas/index.js';
import { withStores } from '../cli/connect.js';
import { type Check, good } from './check.js';

/** Blobs are never deleted, so the probe is always the same few bytes: looking twice leaves one small blob. */
const probe = Buffer.from('temporal-mlops doctor\n');

export function checkBlobs(): Promise<Check[]> {
  const { BLOB_URL } = readConfiguration(process.env);
  return withStores(async ({ blobs }) => {
    const began = performance.now();
    const { digest } = await blobs.put(probe);
    const read = await blobs.get(digest);
    if (!read.equals(probe))
      throw failure('BLOB_CORRUPT', 'The blob store gave back other bytes than it was given.', { digest });
    return [good('blobs', `${shownUrl(BLOB_URL)}: written and read in ${Math.round(performance.now() - began)} ms`)];
  });
}
