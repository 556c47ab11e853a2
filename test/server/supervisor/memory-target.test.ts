import { createMemoryBlobStore, createMemoryTarget } from '../../../testing.js';
import { describeTarget } from '../../conformance/target.js';

describeTarget('a target in memory', async () => {
  const blobs = createMemoryBlobStore();
  return { target: createMemoryTarget({ blobs }), blobs, close: async () => {} };
});
