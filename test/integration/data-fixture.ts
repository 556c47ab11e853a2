import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collectDataset } from '../../activities/collect.js';
import { labelDataset } from '../../activities/label.js';
import type { Labeler } from '../../activities/labelers/labeler.js';
import { ruleLabeler } from '../../activities/labelers/rule.js';
import { fileSource } from '../../activities/sources/file.js';
import type { SqlLimits } from '../../activities/sql/sql-job.js';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import type { DatasetVersionRow } from '../../activities/stores/registry.js';
import { prepareMatrix, sampleRawRows } from '../../activities/train/prepare-matrix.js';
import type { TrainActivities } from '../../activities/train.js';
import {
  type CheckedTrainInput,
  CollectInput,
  errorCode,
  type FactOrigin,
  LabelInput,
  type SourceSchema,
  TrainInput,
} from '../../schemas/index.js';
import { randomSearch } from '../../statistics/search/random.js';
import { queried } from '../activities/sql/queried.js';

const collectedAt = '2026-01-01T00:00:00.000000Z';
const small = { memoryMb: 256, deadlineSeconds: 60 };
const origin: FactOrigin = { workflowId: 'test', step: 'test' };
const context = { origin, beat: { signal: new AbortController().signal, say: () => {} } };

/** A folder of source files, a blob store of files, and the stages over them without a ledger. */
export function dataFixture(limits: Partial<SqlLimits> = small) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mlops data-')));
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  const blobs = openBlobStore(pathToFileURL(join(folder, 'blobs')).href);
  const ports = {
    blobs,
    sources: [fileSource({ allowed: [sources] })],
    labelers: [ruleLabeler(limits)],
    secret: () => Promise.reject(new Error('no test needs a secret')),
    workDirectory: join(folder, 'work'),
    limits,
  };
  return {
    folder,
    sources,
    ports,
    write: (name: string, text: string | Uint8Array) => writeFileSync(join(sources, name), text),
    /** writes the query's rows as Parquet below the source folder */
    parquet: (name: string, query: string) => queried(`COPY (${query}) TO '${join(sources, name)}' (FORMAT parquet)`),
    collect: (input: Record<string, unknown>, more: Partial<SqlLimits> = {}, pinned: SourceSchema[] = []) =>
      collectDataset({ ...ports, limits: { ...limits, ...more } }, CollectInput.parse({ dataset: 'd', ...input }), {
        ...context,
        pinned,
      }),
    label: (datasetDigest: string, input: Record<string, unknown>, labelers: readonly Labeler[] = ports.labelers) =>
      labelDataset({ ...ports, labelers }, LabelInput.parse({ dataset: { name: 'd' }, ...input }), {
        ...context,
        datasetDigest,
        collectedAt,
        name: typeof input['output'] === 'string' ? input['output'] : 'd-labelled',
      }),
    prepare: (digest: string, input: Record<string, unknown> = {}) =>
      prepareMatrix(ports, trainInput(input), { dataset: rowOf(digest) }),
    sample: (digest: string, columns: string[], count: number, input: Record<string, unknown> = {}) =>
      sampleRawRows(ports, trainInput(input), { dataset: rowOf(digest), columns, count }),
    /** what a blob of JSON says */
    json: async (digest: string): Promise<unknown> => JSON.parse((await blobs.get(digest)).toString()),
    /** reads rows back from blobs that hold Parquet */
    rows: async (digests: string[], query: string) => {
      const files = await Promise.all(
        digests.map(async (digest, index) => {
          const file = join(folder, `read-${index}-${digest}.parquet`);
          rmSync(file, { force: true });
          await blobs.download(digest, file);
          return `'${file}'`;
        }),
      );
      return queried(query.replaceAll('$parts', `read_parquet([${files.join(', ')}])`));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type DataFixture = ReturnType<typeof dataFixture>;

/** Digests of the Parquet parts that a fact names. */
export const partsOf = (
  fact: { artifacts?: readonly { kind: string; digest: string }[] | undefined },
  kind = 'dataset-part',
) => (fact.artifacts ?? []).filter((artifact) => artifact.kind === kind).map((artifact) => artifact.digest);

/** The catalog code and message of what a promise is refused with. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string | null; message: string }> {
  try {
    await work;
  } catch (error) {
    return { code: errorCode(error), message: error instanceof Error ? error.message : String(error) };
  }
  return { code: null, message: 'it succeeded' };
}

const trainInput = (input: Record<string, unknown>) =>
  TrainInput.parse({ model: 'm', dataset: { name: 'd-labelled' }, ...input });
const rowOf = (digest: string): DatasetVersionRow => ({
  name: 'd-labelled',
  version: 1,
  digest,
  rows: 0,
  labelled: true,
  recordedAt: collectedAt,
});

/** A plan, and the trials that the search asks for where nobody waits for results. */
export async function planned(training: TrainActivities, input: CheckedTrainInput, origin: FactOrigin) {
  const { spaces, ...plan } = await training.planTraining(input, origin);
  const { trials, parameters } = input.search;
  const start = randomSearch.start({ seed: input.seed, trials, parameters, spaces });
  return { plan, trials: randomSearch.ask(start, trials).trials };
}
