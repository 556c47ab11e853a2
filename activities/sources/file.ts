import type { Dirent } from 'node:fs';
import { access, constants, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { FileSource, failure, type Glob, readGlob, type SourceFormat } from '../../schemas/index.js';
import { formatOfName } from './format-of-name.js';
import { isMatch } from './glob.js';
import type { Partition, Source } from './source.js';

/** Where files may be read. */
export interface FilePlaces {
  readonly allowed: readonly string[];
  /** never read, also where they lie below an allowed folder: other jobs' data, models, logs */
  readonly never?: readonly string[];
}

/**
 * The files that match a path, each one a partition, read where they lie. A relative path starts in the first allowed
 * folder that has a match. Whatever is asked for, nothing outside the folders is listed or opened, also by `..` or a link;
 * nor is what begins with a dot below them (`.env`, `.git`), which nobody means to be data.
 */
export function fileSource({ allowed, never = [] }: FilePlaces): Source<FileSource> {
  const real = (paths: readonly string[]) =>
    Promise.all(paths.map((path) => realpath(path).catch(() => resolve(path))));
  const folders = async (): Promise<Folders> => ({ allowed: await real(allowed), never: await real(never) });
  return {
    kind: 'file',
    options: FileSource,
    list: async (options, _after, at) => {
      const paths = await findFiles(options, await folders());
      at.signal.throwIfAborted();
      return { partitions: await Promise.all(paths.map((path) => partitionOf(options, path))), watermark: null };
    },
    fetch: async (options, partition, at) => {
      if (!isReadable(await realFolder(partition.key), await folders())) throw notAllowed(options);
      at.signal.throwIfAborted();
      await requireUnchanged(options, partition);
      const { csv, columns, json } = options;
      return {
        format: formatOf(options),
        csv,
        columns,
        json,
        files: [{ path: partition.key, name: basename(partition.key) }],
      };
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

/** What a person says of a format is never passed over: where the file is another format, it is refused. */
function formatOf(source: FileSource): SourceFormat {
  const format = source.format ?? formatByName(source);
  const meant: [string, unknown, SourceFormat][] = [
    ['csv', source.csv, 'csv'],
    ['json', source.json, 'jsonl'],
  ];
  const [wrong] = meant.filter(([, said, of]) => said !== undefined && of !== format);
  if (wrong === undefined) return format;
  const fields = [`sources: ${wrong[0]}: is for ${wrong[2]}, and ${source.path} is ${format}`];
  throw failure('InvalidInput', `Source "${source.name}": ${fields[0]}.`, { fields });
}

function formatByName(source: FileSource): SourceFormat {
  if (source.csv !== undefined) return 'csv';
  if (source.json !== undefined) return 'jsonl';
  const format = formatOfName(source.path);
  if (format !== null) return format;
  throw failure(
    'SOURCE_UNREADABLE',
    `The format of ${source.path} is unknown. Add "format": "csv", "jsonl" or "parquet".`,
    {
      source: source.name,
    },
  );
}

interface Folders {
  readonly allowed: readonly string[];
  readonly never: readonly string[];
}

async function findFiles(source: FileSource, folders: Folders): Promise<string[]> {
  const candidates = isAbsolute(source.path)
    ? [source.path]
    : folders.allowed.map((folder) => join(folder, source.path));
  let outside = false;
  for (const candidate of candidates) {
    const found = await matches(resolve(candidate), folders);
    const real = await Promise.all(found.map((path) => realpath(path)));
    if (real.length > 0 && real.every((path) => isReadable(path, folders))) return real;
    outside ||= real.length > 0 || !isReadable(await realFolder(staticPart(resolve(candidate))), folders);
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
async function matches(pattern: string, folders: Folders): Promise<string[]> {
  if (await isFile(pattern)) return [pattern];
  if (!hasGlob(pattern)) return [];
  const folder = await realpath(staticPart(pattern)).catch(() => null);
  if (folder === null || !isReadable(folder, folders)) return [];
  const rest = pattern.slice(staticPart(pattern).length).replaceAll(sep, '/').replace(/^\/+/, '');
  const glob = globOf(rest);
  const names = (await namesBelow(folder, depthOf(glob))).filter((name) => isMatch(glob, name));
  const paths = names.map((name) => join(folder, name));
  const files = await Promise.all(paths.map(async (path) => ((await isFile(path)) ? path : null)));
  return files.filter((path) => path !== null).sort();
}

/** A path that came through the contract is one that can be read. */
function globOf(text: string): Glob {
  const glob = readGlob(text);
  if (typeof glob !== 'string') return glob;
  throw failure('InvalidInput', `sources: path: ${glob}.`, { fields: [`path: ${glob}`] });
}

/** So many folders deep may a match lie. */
const depthOf = ({ alternatives }: Glob): number =>
  Math.max(...alternatives.map((parts) => (parts.includes('folders') ? Number.POSITIVE_INFINITY : parts.length)));

/** Paths below a folder, with "/" between; nothing whose name begins with a dot, nothing through links to folders. */
async function namesBelow(folder: string, depth: number): Promise<string[]> {
  const entries = (await entriesOf(folder)).filter(({ name }) => !isHidden(name));
  const below = entries.map(async (entry) => {
    if (!entry.isDirectory()) return [entry.name];
    if (depth <= 1) return [];
    const inside = await namesBelow(join(folder, entry.name), depth - 1);
    return inside.map((name) => `${entry.name}/${name}`);
  });
  return (await Promise.all(below)).flat();
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const message = `The folder ${basename(folder)} cannot be read, so that nobody knows whether files are missing.`;
    throw failure('SOURCE_UNREADABLE', message, { cause: error });
  }
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

/** Dots above an allowed folder are its owner's business; below it they hide what is no data. */
function isReadable(path: string, { allowed, never }: Folders): boolean {
  const isVisible = (folder: string) => !path.slice(folder.length).split(sep).some(isHidden);
  if (never.some((folder) => isInside(path, folder))) return false;
  return allowed.some((folder) => isInside(path, folder) && isVisible(folder));
}

const isHidden = (name: string): boolean => name.startsWith('.');

const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await lstat(path);
  return `${ino}:${size}:${mtimeMs}`;
}

const notAllowed = (source: FileSource) =>
  failure(
    'SOURCE_NOT_ALLOWED',
    `${source.path} lies outside the folders that this worker may read (source "${source.name}"). They are named by MLOPS_SOURCE_DIRECTORIES of the worker; names that begin with a dot and MLOPS_WORK_DIRECTORY are never read.`,
    {
      source: source.name,
    },
  );
