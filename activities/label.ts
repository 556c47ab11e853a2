import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckedLabelInput,
  type FactInput,
  type FactOrigin,
  type LabelResult,
  type LabelSummary,
} from '../schemas/index.js';
import type { Place } from './adapter.js';
import { createPartCache } from './datasets/part-cache.js';
import { findDataset, localFiles, readManifest, recordVersion, referenceOf, storeVersion } from './datasets/version.js';
import type { ExecutedOrigin } from './facts.js';
import { labelerOf } from './label/labeler-of.js';
import { labelledName, ruleDigest } from './label/labelled-name.js';
import { outcomesOf, rolesOf } from './label/roles.js';
import type { Labeler } from './labelers/labeler.js';
import { type Beat, currentBeat } from './processes/heartbeat.js';
import { inJobDirectory, partDirectory } from './processes/job-directory.js';
import { type LabelJobResult, SqlLimits } from './sql/sql-job.js';
import { runLabel } from './sql/sql-process.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import type { Registry } from './stores/registry.js';

export interface LabelPorts {
  readonly blobs: BlobStore;
  readonly labelers: readonly Labeler[];
  readonly secret: Place['secret'];
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface LabelledDataset {
  readonly fact: Extract<FactInput, { kind: 'datasetVersion' }>;
  readonly result: Omit<LabelResult, 'dataset' | 'isNew'>;
}

/** `label`: a dataset version and what a labeler says → a labelled dataset version that knows when each label became known. */
export function createLabelActivities(ports: LabelPorts & { readonly ledger: Ledger; readonly registry: Registry }) {
  return {
    label: async (input: CheckedLabelInput, { executionId, ...origin }: ExecutedOrigin): Promise<LabelResult> => {
      const { digest: datasetDigest, recordedAt: collectedAt } = await findDataset(ports.registry, input.dataset);
      const name = await labelledName(ports, input);
      const { fact, result } = await labelDataset(ports, input, {
        datasetDigest,
        collectedAt,
        name,
        origin,
        beat: currentBeat(),
      });
      const appended = await recordVersion(ports, fact, executionId);
      return { dataset: referenceOf(fact, appended), ...result, isNew: appended.isNew };
    },
  };
}

interface LabelContext {
  readonly datasetDigest: string;
  /** when it was first collected */
  readonly collectedAt: string;
  /** of the labelled dataset */
  readonly name: string;
  readonly origin: FactOrigin;
  readonly beat: Beat;
}

/** Everything but the ledger. */
export async function labelDataset(
  ports: LabelPorts,
  input: CheckedLabelInput,
  { datasetDigest, collectedAt, name, origin, beat }: LabelContext,
): Promise<LabelledDataset> {
  const manifest = await readManifest(ports.blobs, datasetDigest);
  const { labeler, options } = labelerOf(ports.labelers, input);
  const known = rolesOf(input, manifest.columns);
  beat.say({ step: 'parts', parts: manifest.parts.length });
  const dataset = await localFiles(createPartCache(ports.blobs, partDirectory(ports.workDirectory)), manifest);
  return inJobDirectory(ports.workDirectory, async (directory) => {
    const { signal } = beat;
    const say = (progress: object) => beat.say({ step: 'labels', ...progress });
    say({});
    const place = { directory: await folderIn(directory, 'labels'), signal, secret: ports.secret, say };
    const { answers, outcomeColumns, agreement } = await labeler.open(options, dataset, place);
    beat.say({ step: 'join' });
    const roles = { ...known, outcome: outcomesOf(manifest.columns, outcomeColumns).filter((c) => c !== known.time) };
    const at = { directory, limits: SqlLimits.parse(ports.limits ?? {}), signal };
    const done = await runLabel(at, {
      dataset,
      roles,
      answers: { ...answers, labeller: labeler.kind },
      asOf: input.asOf ?? null,
      collectedAt,
      task: input.task ?? null,
    });
    beat.say({ step: 'store', parts: done.content.parts.length });
    const { fact } = await storeVersion(ports.blobs, {
      name,
      content: done.content,
      roles,
      labelRule: ruleDigest(input),
      origin: { ...origin, step: 'label' },
      edges: (to) => [{ from: datasetDigest, to, relation: 'labelled' }],
    });
    return { fact, result: { ...resultOf(done), outcomeColumns: roles.outcome, agreement } };
  });
}

/** Its own, with an `out` inside: labeler and stage never meet in one file. */
async function folderIn(directory: string, name: string): Promise<string> {
  const folder = join(directory, name);
  await mkdir(join(folder, 'out'), { recursive: true });
  return folder;
}

function resultOf({ content, label, ...told }: LabelJobResult) {
  return { rows: content.rows, label, labelType: label.kind, labelMean: meanOf(label), ...told };
}

function meanOf(label: LabelSummary): number | null {
  if (label.kind === 'category') return null;
  return label.kind === 'binary' ? label.positiveShare : label.mean;
}
