import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = 'mlops-job-';
const abandonedMs = 24 * 3600_000;

/** A folder for one job, with an `out` inside, gone when the work is done. A killed worker's are removed a day later. */
export async function inJobDirectory<T>(workDirectory: string, work: (directory: string) => Promise<T>): Promise<T> {
  await mkdir(workDirectory, { recursive: true });
  await removeAbandoned(workDirectory);
  const directory = await mkdtemp(join(workDirectory, prefix));
  try {
    await mkdir(join(directory, 'out'));
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Where parts of datasets are kept between jobs. */
export const partDirectory = (workDirectory: string): string => join(workDirectory, 'mlops-parts');

async function removeAbandoned(workDirectory: string): Promise<void> {
  const names = (await readdir(workDirectory)).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const path = join(workDirectory, name);
    const entry = await stat(path).catch(() => null);
    if (entry !== null && Date.now() - entry.mtimeMs > abandonedMs) await rm(path, { recursive: true, force: true });
  }
}
