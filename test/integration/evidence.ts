import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { openAnchors, openBlobStore } from '../../activities/stores/open-blob-store.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { type VerifyHow, verifyLedger } from '../../scripts/cli/verify-ledger.js';
import { ask, createDatabase } from './ledger-database.js';

export type LivingStores = PostgresStores & { readonly blobs: BlobStore };

/** A ledger, its blobs and its anchors, of which a test tampers with copies. */
export interface Evidence {
  readonly blobUrl: string;
  /** tampers with a copy as a superuser, with triggers silenced, and verifies it */
  tampered(sql: string, how?: VerifyHow): ReturnType<typeof verifyLedger>;
  close(): void;
}

export async function openEvidence(name: string, live: (at: LivingStores) => Promise<void>): Promise<Evidence> {
  const folder = mkdtempSync(join(tmpdir(), `mlops-${name}-`));
  const blobUrl = pathToFileURL(folder).href;
  const databaseUrl = await createDatabase(name);
  await migrate(databaseUrl);
  const anchors = openAnchors(blobUrl, 'mlops');
  const stores = await openStores({ databaseUrl, anchoring: { anchors, everyFacts: 3, everyMs: 0 } });
  const blobs = openBlobStore(blobUrl);
  await live({ ...stores, blobs });
  await stores.close(); // a database that is copied may have no connections
  let copies = 0;
  return {
    blobUrl,
    tampered: async (sql, how) => {
      const url = await copyOf(name, `${name}_${copies++}`);
      await ask(url, `set session_replication_role = replica; set search_path to mlops; ${sql}`);
      return verified(url, blobUrl, how);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function copyOf(database: string, name: string): Promise<string> {
  await ask(inject('databaseUrl'), `create database ${name} template ${database}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

export async function verified(databaseUrl: string, blobUrl: string, how?: VerifyHow) {
  const stores = await openStores({ databaseUrl });
  const [blobs, anchors] = [openBlobStore(blobUrl), openAnchors(blobUrl, 'mlops')];
  try {
    return await verifyLedger({ ...stores, blobs, anchors }, how);
  } finally {
    await Promise.all([stores.close(), blobs.close(), anchors.close()]);
  }
}
