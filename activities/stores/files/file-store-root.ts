import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../blob-errors.js';

/** Whether no blob was ever stored: only then may a folder be made. A ledger that names blobs says no. */
export type IsNewStore = () => Promise<boolean>;

/**
 * The folder that a store's blobs lie in, told from one that is away: an unmounted volume leaves an empty folder, or none.
 * What tells them apart is the folder of all blobs inside it, which is made once, for a store that is new.
 */
export interface FileStoreRoot {
  /** throws where the store is away; `new` where there is nothing to read yet */
  look(): Promise<'there' | 'new'>;
  /** a blob was found there */
  seen(): void;
  /** as `look`, and a new store is begun */
  begin(): Promise<void>;
}

export function fileStoreRoot(folder: string, isNew: IsNewStore): FileStoreRoot {
  const blobs = join(folder, 'sha256');
  let wasThere = false;
  async function look(): Promise<'there' | 'new'> {
    const isThere = await isFolder(blobs);
    wasThere ||= isThere;
    if (isThere) return 'there';
    if (!wasThere && (await isNew())) return 'new';
    throw new Error(`${folder} holds no "sha256": it is not the folder that was written to. Mount it, or restore it`);
  }
  async function begin(): Promise<void> {
    if ((await look()) === 'new') await mkdir(blobs, { recursive: true });
  }
  return { look, begin, seen: () => void (wasThere = true) };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
