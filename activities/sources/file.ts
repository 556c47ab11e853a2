import { access, constants, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { type Digest, type FileSource, failure } from '../../schemas/index.js';
import type { SourceFiles } from '../sql/sql-job.js';
import { measureFile } from '../stores/hashing.js';
import { globPattern } from './glob.js';

export interface SourceFile {
  readonly path: string;
  readonly name: string;
  readonly digest: Digest;
  /** to notice that the file changed while it was read */
  readonly stamp: string;
}
export interface ResolvedSource extends Omit<SourceFiles, 'files'> {
  readonly files: SourceFile[];
}

/**
 * The real files behind a source, in the order of their names, with the digest of each. A relative path starts in the
 * first allowed folder that has a match.
 *
 * Errors: SOURCE_NOT_FOUND · SOURCE_NOT_ALLOWED for a file outside the folders, also by `..` or a link ·
 * SOURCE_UNREADABLE without permission or of an unknown format.
 */
export async function resolveFileSource(
  source: FileSource,
  sourceDirectories: readonly string[],
): Promise<ResolvedSource> {
  const folders = await Promise.all(sourceDirectories.map((folder) => realpath(folder).catch(() => resolve(folder))));
  const format = formatOf(source);
  const paths = await findFiles(source, folders);
  const files: SourceFile[] = [];
  for (const path of paths) files.push(await describe(source, path));
  return { name: source.name, format, files };
}

/** Throws SOURCE_CHANGED when a file is not the one whose digest was taken. */
export async function checkUnchanged(source: ResolvedSource): Promise<void> {
  for (const file of source.files) {
    if ((await stampOf(file.path)) === file.stamp) continue;
    throw failure('SOURCE_CHANGED', `${file.name} changed while it was read. Collect again.`, {
      source: source.name,
    });
  }
}

function formatOf(source: FileSource): SourceFiles['format'] {
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

async function describe(source: FileSource, path: string): Promise<SourceFile> {
  try {
    await access(path, constants.R_OK);
    const stamp = await stampOf(path);
    return { path, name: basename(path), digest: (await measureFile(path)).digest, stamp };
  } catch (error) {
    throw failure('SOURCE_UNREADABLE', `${basename(path)} cannot be read.`, { source: source.name }, error);
  }
}

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
