import type { Configuration } from '../../schemas/index.js';
import { openAnchors } from './open-blob-store.js';
import type { Anchoring } from './postgres/anchor-keeper.js';
import { openStores, type PostgresStores } from './postgres/open-stores.js';
import { defaultSchema, type LedgerRole } from './postgres/roles.js';

type LedgerSettings = Pick<
  Configuration,
  'DATABASE_URL' | 'BLOB_URL' | 'MLOPS_PROFILE' | 'MLOPS_ANCHOR_FACTS' | 'MLOPS_ANCHOR_SECONDS'
>;

/**
 * The ledger of a process that appends to it, anchored beside the blobs. In production a login that owns the ledger is
 * refused; in development one without its role is told of.
 */
export function openLedgerOf(settings: LedgerSettings, as: LedgerRole): Promise<PostgresStores> {
  const { DATABASE_URL: databaseUrl, MLOPS_PROFILE: profile } = settings;
  const login = profile === 'production' ? 'refuse' : 'tell';
  return openStores({ databaseUrl, as, login, anchoring: anchoringOf(settings) });
}

/** A ledger that is anchored holds facts: anchors wait for a folder of blobs, and never make one. */
function anchoringOf({ BLOB_URL, MLOPS_ANCHOR_FACTS, MLOPS_ANCHOR_SECONDS }: LedgerSettings): Anchoring {
  const anchors = openAnchors(BLOB_URL, defaultSchema, { isNew: async () => false });
  return { anchors, everyFacts: MLOPS_ANCHOR_FACTS, everyMs: MLOPS_ANCHOR_SECONDS * 1000 };
}
