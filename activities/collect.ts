import type { CollectInput, CollectResult, FactInput, FactOrigin } from '../schemas/index.js';
import { referenceOf, storeVersion } from './datasets/version.js';
import { type Beat, withHeartbeat } from './processes/heartbeat.js';
import { inJobDirectory } from './processes/job-directory.js';
import { checkUnchanged, type ResolvedSource, resolveFileSource } from './sources/file.js';
import type { CollectJobResult } from './sql/sql-job.js';
import { SqlLimits } from './sql/sql-job.js';
import { runCollect } from './sql/sql-process.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';

export interface CollectPorts {
  readonly blobs: BlobStore;
  /** the only folders that sources may lie in */
  readonly sourceDirectories: readonly string[];
  /** scratch space, on a disk with room for a few times the data */
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface Collected {
  readonly fact: Extract<FactInput, { kind: 'datasetVersion' }>;
  readonly result: Omit<CollectResult, 'dataset' | 'isNew'>;
}

/** `collect`: files → one immutable dataset version in the blob store and the ledger. */
export function createCollectActivities(ports: CollectPorts & { readonly ledger: Ledger }) {
  return {
    collect: (input: CollectInput, origin: FactOrigin): Promise<CollectResult> =>
      withHeartbeat(async (beat) => {
        const { fact, result } = await collectDataset(ports, input, { origin, beat });
        const appended = await ports.ledger.append(fact);
        return { dataset: referenceOf(fact, appended), ...result, isNew: appended.isNew };
      }),
  };
}

/** Everything but the ledger: the bytes are stored, the fact is only described. */
export async function collectDataset(
  ports: CollectPorts,
  input: CollectInput,
  { origin, beat }: { origin: FactOrigin; beat: Beat },
): Promise<Collected> {
  beat.say({ step: 'sources' });
  const sources: ResolvedSource[] = [];
  for (const source of input.sources) sources.push(await resolveFileSource(source, ports.sourceDirectories));
  return inJobDirectory(ports.workDirectory, async (directory) => {
    beat.say({ step: 'sql' });
    const at = { directory, limits: SqlLimits.parse(ports.limits ?? {}), signal: beat.signal };
    const files = sources.map(({ name, format, files }) => ({ name, format, files: files.map((file) => file.path) }));
    const done = await runCollect(at, { sources: files, input });
    for (const source of sources) await checkUnchanged(source);
    beat.say({ step: 'store', parts: done.content.parts.length });
    return store(ports.blobs, { input, origin, sources, done });
  });
}

interface ToStore {
  readonly input: CollectInput;
  readonly origin: FactOrigin;
  readonly sources: readonly ResolvedSource[];
  readonly done: CollectJobResult;
}

async function store(blobs: BlobStore, { input, origin, sources, done }: ToStore): Promise<Collected> {
  const quarantine = done.quarantineFile === null ? null : await blobs.put({ file: done.quarantineFile });
  const fact = await storeVersion(blobs, {
    name: input.dataset,
    content: done.content,
    roles: null,
    origin: { ...origin, step: 'collect' },
    artifacts: quarantine === null ? [] : [{ ...quarantine, kind: 'quarantine' }],
    edges: (to) => sourceIds(sources).map((from) => ({ from, to, relation: 'collected' })),
  });
  return { fact, result: resultOf(done, quarantine?.digest ?? null) };
}

const sourceIds = (sources: readonly ResolvedSource[]): string[] => [
  ...new Set(sources.flatMap((source) => source.files.map((file) => `source:${file.name}#${file.digest}`))),
];

function resultOf(done: CollectJobResult, quarantineDigest: string | null): Collected['result'] {
  const { content, rowsRead, rowsQuarantined, results } = done;
  const passed = results.every((result) => result.passed);
  return {
    rows: content.rows,
    columns: content.columns,
    profile: content.profile,
    validation: { passed, rowsRead, rowsQuarantined, quarantineDigest, results },
  };
}
