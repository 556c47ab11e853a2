import { DatasetName, type FactInput, type FactOrigin, type LabelInput, type LabelResult } from '../schemas/index.js';
import { createPartCache } from './datasets/part-cache.js';
import { findDataset, localFiles, readManifest, referenceOf, storeVersion } from './datasets/version.js';
import { type Beat, withHeartbeat } from './processes/heartbeat.js';
import { inJobDirectory, partDirectory } from './processes/job-directory.js';
import { type LabelJobResult, SqlLimits } from './sql/sql-job.js';
import { runLabel } from './sql/sql-process.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';

export interface LabelPorts {
  readonly blobs: BlobStore;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface LabelledDataset {
  readonly fact: Extract<FactInput, { kind: 'datasetVersion' }>;
  readonly result: Omit<LabelResult, 'dataset' | 'isNew'>;
}

/** `label`: a dataset version plus a rule → a labelled dataset version that knows when each label became known. */
export function createLabelActivities(ports: LabelPorts & { readonly ledger: Ledger }) {
  return {
    label: (input: LabelInput, origin: FactOrigin): Promise<LabelResult> =>
      withHeartbeat(async (beat) => {
        const dataset = await findDataset(ports.ledger, input.dataset);
        const { fact, result } = await labelDataset(ports, input, { datasetDigest: dataset.digest, origin, beat });
        const appended = await ports.ledger.append(fact);
        return { dataset: referenceOf(fact, appended), ...result, isNew: appended.isNew };
      }),
  };
}

interface LabelContext {
  readonly datasetDigest: string;
  readonly origin: FactOrigin;
  readonly beat: Beat;
}

/** Everything but the ledger. */
export async function labelDataset(
  ports: LabelPorts,
  input: LabelInput,
  { datasetDigest, origin, beat }: LabelContext,
): Promise<LabelledDataset> {
  const manifest = await readManifest(ports.blobs, datasetDigest);
  beat.say({ step: 'parts', parts: manifest.parts.length });
  const dataset = await localFiles(createPartCache(ports.blobs, partDirectory(ports.workDirectory)), manifest);
  return inJobDirectory(ports.workDirectory, async (directory) => {
    beat.say({ step: 'rule' });
    const at = { directory, limits: SqlLimits.parse(ports.limits ?? {}), signal: beat.signal };
    const done = await runLabel(at, { dataset, input });
    beat.say({ step: 'store', parts: done.content.parts.length });
    const fact = await storeVersion(ports.blobs, {
      name: input.output ?? DatasetName.parse(`${input.dataset.name}-labelled`),
      content: done.content,
      roles: done.roles,
      origin: { ...origin, step: 'label' },
      edges: (to) => [{ from: datasetDigest, to, relation: 'labelled' }],
    });
    return { fact, result: resultOf(done) };
  });
}

function resultOf({ content, roles, labelType, labelMean, unlabelled }: LabelJobResult): LabelledDataset['result'] {
  return {
    rows: content.rows,
    unlabelled,
    labelType,
    labelMean,
    outcomeColumns: roles.outcome,
    agreement: { labellers: 1, share: 1 },
    labelledBy: [{ labeller: 'rule', rows: content.rows }],
  };
}
