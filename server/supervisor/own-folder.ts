import { chmodSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure } from '../../schemas/index.js';

/**
 * Makes the folder whose files decide what serves, or takes the one that is there: ours, and nobody else's to write to or
 * to read. In a place where others may write somebody else can have made it first.
 */
export function makeOwnFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid === undefined) return; // Windows has neither owners nor modes of this kind
  refuseForeign(dirname(folder), [process.getuid(), 0], (mode) => isWritableByOthers(mode) && !isSticky(mode));
  refuseForeign(folder, [process.getuid()], (mode) => (mode & 0o022) !== 0);
  chmodSync(folder, 0o700);
}

function refuseForeign(folder: string, owners: readonly number[], isOpen: (mode: number) => boolean): void {
  const found = statSync(folder);
  const why = whyForeign(found, owners, isOpen);
  if (why === null) return;
  const remedy = 'Name a folder of your own in MLOPS_WORK_DIRECTORY, to which nobody else may write (chmod 700).';
  throw failure('CONFIGURATION_INVALID', `${folder} ${why}. ${remedy}`, { folder });
}

function whyForeign({ uid, mode }: Stats, owners: readonly number[], isOpen: (mode: number) => boolean): string | null {
  if (!owners.includes(uid)) return `belongs to another user (uid ${uid})`;
  return isOpen(mode) ? `may be written by others (mode ${(mode & 0o7777).toString(8)})` : null;
}

const isWritableByOthers = (mode: number) => (mode & 0o002) !== 0;
const isSticky = (mode: number) => (mode & 0o1000) !== 0;
