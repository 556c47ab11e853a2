import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type Configuration, failure } from '../schemas/index.js';

type Folders = Pick<Configuration, 'MLOPS_WORK_DIRECTORY' | 'MLOPS_SOURCE_DIRECTORIES' | 'MLOPS_PROFILE'>;

/** Data of all datasets passes through it: without a word it is a folder of this user alone. */
export async function openWorkDirectory({ MLOPS_WORK_DIRECTORY: given }: Folders): Promise<string> {
  const uid = process.getuid?.() ?? 0; // Windows knows none, and gives each user a folder for what is temporary
  const directory = resolve(given ?? join(tmpdir(), `temporal-mlops-worker-${uid}`));
  const found = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => lstat(directory))
    .catch((cause: unknown) => {
      throw failure('CONFIGURATION_INVALID', 'MLOPS_WORK_DIRECTORY must be a folder that can be made.', { cause });
    });
  if (given !== undefined || (found.isDirectory() && found.uid === uid)) return directory;
  throw failure('CONFIGURATION_INVALID', `${directory} is not a folder of this user. Set MLOPS_WORK_DIRECTORY.`);
}

/** In development `./data` may be read, which holds nothing but what somebody put there; production must name its folders. */
export function sourceDirectories(
  { MLOPS_SOURCE_DIRECTORIES: given, MLOPS_PROFILE: profile }: Folders,
  workDirectory: string,
): string[] {
  const folders = (given ?? (profile === 'development' ? ['data'] : [])).map((folder) => resolve(folder));
  const isInWork = (folder: string) => !relative(workDirectory, folder).startsWith('..');
  if (!folders.some(isInWork)) return folders;
  const message = 'MLOPS_SOURCE_DIRECTORIES may not name MLOPS_WORK_DIRECTORY, nor a folder below it.';
  throw failure('CONFIGURATION_INVALID', message);
}
