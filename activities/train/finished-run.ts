import { type CheckedTrainInput, failure, TrainInput } from '../../schemas/index.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Registry, RunFact } from '../stores/registry.js';
import { type RunDocument, readRunDocument } from './run-document.js';

/** A run that gave a model. */
export interface FinishedRun {
  readonly run: RunFact;
  readonly runDigest: string;
  readonly document: RunDocument;
}

/** RUN_NOT_FOUND when there is no such run, or when it failed. */
export async function finishedRun(
  { blobs, registry }: { blobs: BlobStore; registry: Registry },
  runId: string,
): Promise<FinishedRun> {
  const run = await registry.run(runId);
  if (run === null) throw failure('RUN_NOT_FOUND', `There is no run "${runId}".`, { runId });
  const { runDigest } = run;
  if (runDigest === null)
    throw failure('RUN_NOT_FOUND', `Run "${runId}" failed: ${run.reason ?? 'no reason is known'}`, { runId });
  return { run, runDigest, document: await readRunDocument(blobs, runDigest) };
}

/** What a run was trained with, as far as it decides which rows fall into which split. */
export async function trainInputOf(
  ports: { blobs: BlobStore; registry: Registry },
  runId: string,
): Promise<CheckedTrainInput> {
  return preparationOf(await finishedRun(ports, runId));
}

export function preparationOf({ run, document }: FinishedRun): CheckedTrainInput {
  const { name, version } = run.dataset;
  return TrainInput.parse({ model: run.model, dataset: { name, version }, ...document.preparation });
}
