/*
 * For a host's own tests: adapters that keep the promises of their ports in memory.
 */
export type { BlobStore } from './activities/stores/blob-store.js';
export { createMemoryBlobStore } from './activities/stores/memory/memory-blob-store.js';
export type { Target } from './activities/targets/target.js';
export { createMemoryTarget } from './server/supervisor/memory-target.js';
