import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ChainMark, errorCode } from '../../../schemas/index.js';
import { writeThenPublish } from '../../files/atomic-file.js';
import { type Anchors, anchorFolder, anchorName, anchorOf, anchorText } from '../anchors.js';
import { blobStoreUnavailable, systemCode } from '../blob-errors.js';
import { publish } from './file-blob-store.js';
import { fileStoreRoot, type IsNewStore } from './file-store-root.js';

/** Anchors as files beside the blobs of one folder. Read-only files would only hide from their owner that he may write. */
export function fileAnchors(place: string, ledger: string, isNew: IsNewStore = async () => true): Anchors {
  const root = fileStoreRoot(resolve(place), isNew);
  const folder = join(resolve(place), anchorFolder(ledger));
  const unavailable = (error: unknown) =>
    errorCode(error) ? error : blobStoreUnavailable(pathToFileURL(folder).href, error);
  return {
    put: async (mark) => {
      await root
        .begin()
        .then(() => put(folder, ledger, mark))
        .catch((error: unknown) => {
          throw unavailable(error);
        });
    },
    all: async function* () {
      const names = await root
        .look()
        .then(() => namesIn(folder))
        .catch((error: unknown) => {
          throw unavailable(error);
        });
      for (const name of names) {
        const mark = anchorOf(name);
        if (mark) yield mark;
      }
    },
    close: async () => {},
  };
}

async function put(folder: string, ledger: string, mark: ChainMark): Promise<void> {
  const bytes = Buffer.from(anchorText(ledger, mark));
  await mkdir(folder, { recursive: true });
  await writeThenPublish(folder, [bytes], (part) => publish(part, join(folder, anchorName(mark))));
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.sort((a, b) => (a < b ? -1 : 1));
}
