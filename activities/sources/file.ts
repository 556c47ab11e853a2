import { access, constants, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { FileSource, failure, type SourceFormat } from '../../schemas/index.js';
import { globPattern } from './glob.js';
import type { Partition, Source } from './source.js';

/**
 * The files that match a path, each one a partition, read where they lie. A relative path starts in the first allowed
 * folder that has a match. Whatever is asked for, nothing outside the folders is listed or opened, also by `..` or a link.
 */
export function fileSource(allowedFolders: readonly string[]): Source<FileSource> {
  const folders = () => Promise.all(allowedFolders.map((folder) => realpath(folder).catch(() => resolve(folder))));
  return {
    kind: 'file',
    options: FileSource,
    list: async (options, _after, at) => {
      const paths = await findFiles(options, await folders());
      at.signal.throwIfAborted();
      return { partitions: await Promise.all(paths.map((path) => partitionOf(options, path))), watermark: null };
    },
    fetch: async (options, partition, at) => {
      if (!isInside(await realFolder(partition.key), await folders())) throw notAllowed(options);
      at.signal.throwIfAborted();
      await requireUnchanged(options, partition);
      return { format: formatOf(options), files: [{ path: partition.key, name: basename(partition.key) }] };
    },
  };
}

async function partitionOf(source: FileSource, path: string): Promise<Partition> {
  try {
    await access(path, constants.R_OK);
    return { key: path, stamp: await stampOf(path) };
  } catch (error) {
    throw failure('SOURCE_UNREADABLE', `${basename(path)} cannot be read.`, { source: source.name, cause: error });
  }
}

async function requireUnchanged(source: FileSource, { key, stamp }: Partition): Promise<void> {
  if ((await stampOf(key).catch(() => null)) === stamp) return;
  throw failure('SOURCE_CHANGED', `${basename(key)} changed while it was read. Collect again.`, {
    source: source.name,
  });
}

function formatOf(source: FileSource): SourceFormat {
  if (source.format !== undefined) return source.format;
  const name = source.path.toLowerCase().replace(/\.(gz|zst)$/, '');
  if (/\.(csv|tsv|txt)$/.test(name)) return 'csv';
  if (/\.(jsonl|ndjson|json)$/.test(name)) return 'jsonl';
  if (/\.(parquet|pq)$/.test(name)) return 'parquet';
  throw failure(
    'SOURCE_UNREADABLE',
    `The format of ${source.path} is unknown. Add "format": "csv", "jsonl" or "parquet".`,
    {
      source: source.name,
    },
  );
}

async function findFiles(source: FileSource, folders: string[]): Promise<string[]> {
  const candidates = isAbsolute(source.path) ? [source.path] : folders.map((folder) => join(folder, source.path));
  let outside = false;
  for (const candidate of candidates) {
    const found = await matches(resolve(candidate), folders);
    const real = await Promise.all(found.map((path) => realpath(path)));
    if (real.length > 0 && real.every((path) => isInside(path, folders))) return real;
    outside ||= real.length > 0 || !isInside(await realFolder(staticPart(resolve(candidate))), folders);
  }
  if (outside) throw notAllowed(source);
  throw failure(
    'SOURCE_NOT_FOUND',
    `No file matches ${source.path} (source "${source.name}"). A path that is not absolute starts at a folder of MLOPS_SOURCE_DIRECTORIES.`,
    {
      source: source.name,
    },
  );
}

/** Whole names first: a file may be called `a[1].csv`. Folders outside the allowed ones are never listed. */
async function matches(pattern: string, folders: string[]): Promise<string[]> {
  if (await isFile(pattern)) return [pattern];
  if (!hasGlob(pattern)) return [];
  const folder = await realpath(staticPart(pattern)).catch(() => null);
  if (folder === null || !isInside(folder, folders)) return [];
  const names = await readdir(folder, {
    recursive: pattern.includes('**') || hasGlob(pattern.slice(0, pattern.lastIndexOf(sep))),
  });
  const rest = pattern.slice(staticPart(pattern).length).replace(/^[\\/]+/, '');
  const wanted = globPattern(rest.replaceAll(sep, '/'));
  const found = names.filter((name) => wanted.test(name.replaceAll(sep, '/'))).map((name) => join(folder, name));
  const files = await Promise.all(found.map(async (path) => ((await isFile(path)) ? path : null)));
  return files.filter((path) => path !== null).sort();
}

const realFolder = (path: string): Promise<string> => realpath(path).catch(() => path);

const hasGlob = (path: string): boolean => /[*?[{]/.test(path);

/** The folders of a pattern before its first wildcard. */
function staticPart(pattern: string): string {
  const parts = pattern.split(sep);
  const first = parts.findIndex(hasGlob);
  return first === -1 ? pattern : parts.slice(0, first).join(sep) || sep;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

const isInside = (path: string, folders: string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep));

async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await lstat(path);
  return `${ino}:${size}:${mtimeMs}`;
}

const notAllowed = (source: FileSource) =>
  failure(
    'SOURCE_NOT_ALLOWED',
    `${source.path} lies outside the folders that this worker may read (source "${source.name}"). They are named by MLOPS_SOURCE_DIRECTORIES of the worker.`,
    {
      source: source.name,
    },
  );
