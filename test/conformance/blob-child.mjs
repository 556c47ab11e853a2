/**
 * A process that stores a file and reads it back, for tests that kill or measure it. Plain JavaScript, because node runs
 * no TypeScript: `node blob-child.mjs <compiled open-blob-store.js> <BLOB_URL> <file> [<copy>]`.
 */
import { pathToFileURL } from 'node:url';

const [module, url, file, copy] = process.argv.slice(2);
const { openBlobStore } = await import(pathToFileURL(module).href);
// Sampled: the system's own maximum counts the parent's memory too, from before the program was loaded.
let maxRssBytes = 0;
setInterval(() => (maxRssBytes = Math.max(maxRssBytes, process.memoryUsage.rss())), 10).unref();
const store = openBlobStore(url);
const blob = await store.put({ file });
if (copy) await store.download(blob.digest, copy);
await store.close();
console.log(JSON.stringify({ ...blob, maxRssBytes }));
