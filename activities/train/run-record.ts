import type { Digest, FactInput, FactOrigin, MatrixMeta } from '../../schemas/index.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { RunFact } from '../stores/registry.js';
import { type Code, codeEdges } from './code-digest.js';
import type { PreparedPlan } from './plan.js';
import type { RunHeader } from './run-document.js';
import type { TrialOutcome } from './trial-job.js';

type RunRecord = Extract<FactInput, { kind: 'run' }>;

/** What is known of a run before it ends. */
export interface AttemptedRun {
  readonly runId: string;
  readonly header: RunHeader;
  readonly meta: MatrixMeta;
  readonly plan: PreparedPlan;
}

export interface RunToRecord {
  readonly body: RunFact;
  readonly artifacts: NonNullable<RunRecord['artifacts']>;
  readonly plan: PreparedPlan;
  readonly code: Code;
}

/** What the run was made from, as far as it is stored. */
export async function inputArtifacts(
  blobs: Pick<BlobStore, 'stat'>,
  { meta, plan }: AttemptedRun,
): Promise<RunToRecord['artifacts']> {
  const found = async (digest: Digest, kind: 'matrix' | 'matrix-rows' | 'matrix-meta') => {
    const blob = await blobs.stat(digest);
    return blob === null ? [] : [{ ...blob, kind }];
  };
  const inputs = [
    found(meta.matrixDigest, 'matrix'),
    found(meta.rowsDigest, 'matrix-rows'),
    found(plan.metaDigest, 'matrix-meta'),
  ];
  return (await Promise.all(inputs)).flat();
}

function commonRun({ runId, header, plan }: AttemptedRun) {
  const { model, trainer, parameters, seed, metaDigest } = header;
  return { runId, model, trainer, parameters, seed, metaDigest, dataset: plan.dataset, curve: [] };
}

export function failedRun(attempt: AttemptedRun, reason: string): RunFact {
  const nothing = { runDigest: null, modelDigest: null, validation: null, test: null };
  return { ...commonRun(attempt), status: 'failed', ...nothing, reason };
}

export function finishedRun(attempt: AttemptedRun, outcome: TrialOutcome, { digest: runDigest }: StoredBlob): RunFact {
  const { modelDigest, validation, test } = outcome;
  return { ...commonRun(attempt), status: 'finished', runDigest, modelDigest, validation, test, reason: null };
}

export function runFact({ body, artifacts, plan, code }: RunToRecord, origin: FactOrigin): RunRecord {
  return {
    kind: 'run',
    key: `run/${body.runId}`,
    origin,
    digest: body.runDigest,
    artifacts,
    edges: [
      { from: plan.dataset.digest, to: plan.metaDigest, relation: 'prepared' },
      { from: plan.metaDigest, to: `run:${body.runId}`, relation: 'trained' },
      ...codeEdges(code, { to: `run:${body.runId}`, relation: 'trained' }),
    ],
    body,
  };
}
