import { createMemoryBlobStore } from '../../../testing.js';
import { describeBlobStore } from '../../conformance/blob-store.js';

describeBlobStore('memory', async () => {
  const held = new Map<string, Buffer>();
  return {
    store: createMemoryBlobStore(held),
    url: 'memory://',
    openAway: () => {
      const store = createMemoryBlobStore();
      void store.close();
      return store;
    },
    damage: async (digest, bytes) => void held.set(digest, bytes),
  };
});
