import {
  type CheckedCollectInput,
  type CollectResult,
  type CollectRules,
  type FactInput,
  type FactOrigin,
  type SourceSchema,
} from '../schemas/index.js';
import type { Place } from './adapter.js';
import { type FetchedSource, fetchSource } from './collect/fetch-sources.js';
import { pinnedSchemas, recordSchemas } from './collect/pinned-schemas.js';
import { resultOf, withoutValues } from './collect/result.js';
import { putJson, recordVersion, referenceOf, storeVersion } from './datasets/version.js';
import type { ExecutedOrigin } from './facts.js';
import { type Beat, currentBeat } from './processes/heartbeat.js';
import { inJobDirectory } from './processes/job-directory.js';
import type { Source } from './sources/source.js';
import { keyOf } from './sql/same-name.js';
import type { CollectJobResult } from './sql/sql-job.js';
import { SqlLimits } from './sql/sql-job.js';
import { runCollect } from './sql/sql-process.js';
import type { BlobStore, StoredBlob } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import type { Registry } from './stores/registry.js';

export interface CollectPorts {
  readonly blobs: BlobStore;
  readonly sources: readonly Source[];
  readonly secret: Place['secret'];
  /** scratch space, on a disk with room for a few times the data */
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface Collected {
  readonly fact: Extract<FactInput, { kind: 'datasetVersion' }>;
  /** what the dataset knows of its sources from now on */
  readonly schemas: StoredBlob;
  readonly result: Omit<CollectResult, 'dataset' | 'isNew'>;
}

/** `collect`: files → one immutable dataset version in the blob store and the ledger. */
export function createCollectActivities(
  ports: CollectPorts & { readonly ledger: Ledger; readonly registry: Registry },
) {
  return {
    collect: async (input: CheckedCollectInput, { executionId, ...origin }: ExecutedOrigin): Promise<CollectResult> => {
      await ports.ledger.fact(''); // work that could not be recorded now is not begun
      const pinned = await pinnedSchemas(ports, input.dataset);
      const collected = await collectDataset(ports, input, { origin, pinned, beat: currentBeat() });
      const { fact, result, schemas } = collected;
      const appended = await recordVersion(ports, fact, executionId);
      await recordSchemas(ports, { schemas, dataset: input.dataset, origin, executionId });
      return { dataset: referenceOf(fact, appended), ...result, isNew: appended.isNew };
    },
  };
}

interface Collecting {
  readonly origin: FactOrigin;
  /** what the dataset knows of its sources */
  readonly pinned: readonly SourceSchema[];
  readonly beat: Beat;
}

/** Everything but the ledger: the bytes are stored, the fact is only described. */
export async function collectDataset(
  ports: CollectPorts,
  input: CheckedCollectInput,
  { origin, pinned, beat }: Collecting,
): Promise<Collected> {
  return inJobDirectory(ports.workDirectory, async (directory) => {
    const { signal } = beat;
    const place = {
      directory,
      signal,
      secret: ports.secret,
      say: (at: object) => beat.say({ step: 'sources', ...at }),
    };
    const sources: FetchedSource[] = [];
    for (const source of input.sources) sources.push(await fetchSource(ports.sources, source, place));
    beat.say({ step: 'sql' });
    const at = { directory, limits: SqlLimits.parse(ports.limits ?? {}), signal };
    const job = { sources: sources.map((source) => filesOf(source, pinned)), rules: rulesOf(input) };
    const done = await runCollect(at, job).catch(async (error: unknown) => {
      throw await withoutValues(ports.blobs, error);
    });
    for (const source of sources) await source.requireUnchanged();
    beat.say({ step: 'store', parts: done.content.parts.length });
    return store(ports.blobs, { input, origin, sources, done });
  });
}

const filesOf = ({ name, format, csv, columns, json, files }: FetchedSource, pinned: readonly SourceSchema[]) => ({
  name,
  format,
  csv,
  columns,
  json,
  pinned: pinned.find(({ source }) => keyOf(source) === keyOf(name)),
  files: files.map((file) => file.path),
});

/** What the child needs to know; the sources' own fields stay here. */
const rulesOf = ({ dataset: _dataset, sources: _sources, ...rules }: CheckedCollectInput): CollectRules => rules;

interface ToStore {
  readonly input: CheckedCollectInput;
  readonly origin: FactOrigin;
  readonly sources: readonly FetchedSource[];
  readonly done: CollectJobResult;
}

async function store(blobs: BlobStore, { input, origin, sources, done }: ToStore): Promise<Collected> {
  const quarantine = done.quarantineFile === null ? null : await blobs.put({ file: done.quarantineFile });
  const validation = done.results.length === 0 ? null : await putJson(blobs, done.results);
  const reading = done.read.length === 0 ? null : await putJson(blobs, done.read);
  const schemas = await putJson(blobs, done.schemas);
  const { fact, profile } = await storeVersion(blobs, {
    name: input.dataset,
    content: done.content,
    roles: null,
    origin: { ...origin, step: 'collect' },
    artifacts: [
      ...(quarantine === null ? [] : [{ ...quarantine, kind: 'quarantine' as const }]),
      ...(validation === null ? [] : [{ ...validation, kind: 'validation' as const }]),
      ...(reading === null ? [] : [{ ...reading, kind: 'reading' as const }]),
    ],
    edges: (to) => sourceIds(sources).map((from) => ({ from, to, relation: 'collected' })),
  });
  return { fact, schemas, result: resultOf(done, { profile, validation, quarantine }) };
}

const sourceIds = (sources: readonly FetchedSource[]): string[] => [
  ...new Set(sources.flatMap((source) => source.files.map((file) => `source:${file.name}#${file.digest}`))),
];
