import { collectDataset } from '../../activities/collect.js';
import { fileSource } from '../../activities/sources/file.js';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { CollectInput } from '../../schemas/index.js';

/*
 * One collection without a ledger, as the activity does it: bytes counted, hashed, profiled and stored. Arguments: the
 * folder of the source, the name of its file, the URL of a blob store, and a folder for work. Prints how long it took.
 */
const [sources = '', name = '', blobs = '', workDirectory = ''] = process.argv.slice(2);
const started = performance.now();
const { result } = await collectDataset(
  {
    blobs: openBlobStore(blobs),
    sources: [fileSource({ allowed: [sources] })],
    secret: () => Promise.reject(new Error('no bench needs a secret')),
    workDirectory,
  },
  CollectInput.parse({ dataset: 'bench', sources: [{ name: 'rows', path: `${sources}/${name}` }] }),
  {
    origin: { workflowId: 'collect/bench', step: 'collect' },
    pinned: [],
    beat: { signal: new AbortController().signal, say: () => {} },
  },
);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000, rows: result.rows })}\n`);
