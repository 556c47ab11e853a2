import type { SourceFormat } from '../../schemas/index.js';

/** What the name of a file, compressed or not, says of its format; null where it says none. */
export function formatOfName(path: string): SourceFormat | null {
  const name = path.toLowerCase().replace(/\.(gz|zst)$/, '');
  if (/\.(csv|tsv|txt)$/.test(name)) return 'csv';
  if (/\.(jsonl|ndjson|json)$/.test(name)) return 'jsonl';
  return /\.(parquet|pq)$/.test(name) ? 'parquet' : null;
}
