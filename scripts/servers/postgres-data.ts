import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from './find-program.js';
import { canEnter, type ServerUser } from './server-user.js';

/** The cluster's folder as the server's user reaches it, and the password of its superuser. */
export interface PostgresData {
  folder: string;
  password: string;
}

const passwordName = 'superuser-password';

/** The data folder, initialised on first use. */
export async function postgresData(dataDir: string, binaries: string, user: ServerUser): Promise<PostgresData> {
  const folder = reachableFolder(dataDir, user);
  if (readdirSync(folder).length === 0) await initialise(folder, binaries, user);
  if (!existsSync(join(folder, passwordName)))
    throw new Error(`${dataDir} holds files that are not ours. Name another.`);
  return { folder, password: readFileSync(join(folder, passwordName), 'utf8') };
}

/**
 * Where the server's user cannot get to the wanted folder (root's clone below `/root`), the data lies below
 * `/var/lib/temporal-mlops` and the wanted folder is a symlink to it: whoever deletes the link starts afresh.
 */
function reachableFolder(dataDir: string, user: ServerUser): string {
  if (isSymlink(dataDir) && !existsSync(dataDir)) rmSync(dataDir);
  mkdirSync(dataDir, { recursive: true });
  const folder = realpathSync(dataDir);
  if (readdirSync(folder).length > 0) return folder;
  if (canEnter(user, own(folder, user))) return folder;
  rmdirSync(dataDir);
  return linkElsewhere(dataDir, user);
}

function linkElsewhere(dataDir: string, user: ServerUser): string {
  const parent = '/var/lib/temporal-mlops';
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const folder = own(mkdtempSync(join(parent, 'postgres-')), user);
  symlinkSync(folder, dataDir);
  return folder;
}

function isSymlink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Beside its place, with the password written last, and then renamed: a cluster is there whole or not at all. */
async function initialise(folder: string, binaries: string, user: ServerUser): Promise<void> {
  const beside = own(mkdtempSync(`${folder}-`), user);
  try {
    const password = randomBytes(24).toString('hex');
    const passwordFile = join(beside, passwordName);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    own(passwordFile, user, 0o600);
    const auth = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const cluster = join(beside, 'data');
    const args = [`--pgdata=${cluster}`, '--encoding=UTF8', '--locale=C', '--no-sync', ...auth];
    await run(join(binaries, 'initdb'), args, { ...user, cwd: beside });
    renameSync(passwordFile, join(cluster, passwordName));
    renameSync(cluster, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function own(path: string, user: ServerUser, mode = 0o700): string {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  chmodSync(path, mode);
  return path;
}
