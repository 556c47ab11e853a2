import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Digest } from '../../schemas/index.js';
import { withStores } from '../../scripts/cli/connect.js';
import { verifyLedger } from '../../scripts/cli/verify-ledger.js';
import type { SmallLife } from './small-life.js';

/**
 * The ids of executions, what the log's segments are cut to, how often a trip had to ask and when its outcome came differ from
 * life to life; nothing else may.
 */
const stable = (text: string) => text.replace(/\/[0-9a-f]{8}$/, '/<run>');

const queries = {
  edges: `select distinct from_digest, relation, to_digest from v_lineage_edge where relation <> 'predicted'`,
  predicted: `select distinct from_digest from v_lineage_edge where relation = 'predicted'`,
  datasetVersions: 'select dataset, version, digest, rows from v_dataset_version',
  runs: 'select run_id, model, trainer, status from v_run',
  metrics: 'select run_id, name, value, split, step from v_metric',
  modelVersions: 'select model, version, digest, run_id, dataset_digest from v_model_version',
  approvals: 'select model, version, environment, decision, decided_by from v_approval',
  deployments: 'select model, environment, version, digest, current, generation from v_deployment',
  changes: 'select generation, step, change, version, changed_by, reason from endpoint_change',
  windows: 'select model, version, from_at, to_at, verdict from monitor_window',
  triggers: 'select trigger, outcome from retrain_event',
  fleet: 'select model, environment, version, stage, waits_for from v_fleet',
  predictions: 'select distinct request_id, version, digest from v_prediction_log',
  facts: `select kind, count(*)::int as n from fact where kind <> 'predictionSegment' group by kind`,
  artifacts: `select digest, kind from v_artifact where kind not in ('prediction-segment', 'outcome-batch')`,
};

/** What a life left in the ledger, in an order and with names that every life of the same recipe shares. */
export async function lineageOf({ pool, stack }: SmallLife): Promise<Record<string, string[]>> {
  const pages = await withStores(({ blobs }) => timelessPages(pool, blobs), stack.environment);
  const told = (value: unknown) => pages.get(text(value)) ?? text(value);
  const found: Record<string, string[]> = {};
  for (const [name, sql] of Object.entries(queries)) {
    const { rows } = await pool.query({ text: sql, rowMode: 'array' });
    found[name] = rows.map((row: unknown[]) => stable(row.map(told).join(' | '))).toSorted();
  }
  return found;
}

/** A report says when its window was looked at: by its digest, the digest of the same page without that. */
async function timelessPages(pool: SmallLife['pool'], blobs: BlobStore): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ digest: Digest }>(`select digest from v_artifact where kind = 'report'`);
  const pages = new Map<string, string>();
  for (const { digest } of rows) {
    const page = new TextDecoder().decode(await blobs.get(digest));
    const timeless = page.replaceAll(/(?<=Asked for at<\/dt><dd>|asked last, on )[^<,]*/g, '');
    pages.set(digest, `page-${createHash('sha256').update(timeless).digest('hex')}`);
  }
  return pages;
}

/** Without what depends on when a segment was shipped, or on what a killed model server lost: reports, and the windows they show. */
export const settled = ({ edges = [], facts = [], ...found }: Record<string, string[]>) => ({
  ...found,
  facts: facts.filter((line) => !line.startsWith('monitorWindow')),
  edges: edges.filter((line) => !line.includes('| monitored |')),
  artifacts: [],
  windows: [],
});

const text = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value));

/** Effects once, the chain whole, every blob there. */
export async function expectSound({ stack, pool }: SmallLife): Promise<void> {
  expect((await withStores(verifyLedger, stack.environment)).faults).toEqual([]);
  const twice = await pool.query(
    `select kind, body::jsonb - 'at' - 'decidedAt' as what from fact where kind not in ('predictionSegment', 'bestRun')
     group by 1, 2 having count(*) > 1`,
  );
  expect(twice.rows).toEqual([]);
}
