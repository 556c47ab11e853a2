import { z } from 'zod';
import { failure, GateComparison, MonitorPolicy, type PageLinks } from '../../schemas/index.js';
import type { FoundVersion } from '../activities.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { ModelVersionRow, Registry } from '../stores/registry.js';
import { comparisonKey } from './compare-at-gate.js';
import { dataWarnings } from './data-warnings.js';
import { comparisonInWords, evidenceOf, limitsInWords } from './evidence.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly pages?: PageLinks;
}

interface Wanted {
  readonly model: string;
  /** the newest when absent */
  readonly version?: number | undefined;
  /** what serves where it wants to; null where nothing does, absent where nobody asks what speaks for it */
  readonly serving?: number | null | undefined;
}

/** The version that is named, or the newest; for a gate with what speaks for it and against it. */
export async function findVersion(ports: Ports, { model, version, serving }: Wanted): Promise<FoundVersion> {
  const found = await ports.registry.modelVersion(model, version);
  if (found) {
    const { modelDigest, packageDigest } = found;
    const evidence = serving === undefined ? [] : await evidenceFor(ports, found, serving);
    return { version: { version: found.version, modelDigest, packageDigest }, evidence };
  }
  const what = version === undefined ? `${model} has no packaged version` : `${model} has no version ${version}`;
  throw failure(
    'VERSION_NOT_FOUND',
    `${what}. Package one first: temporal workflow start --task-queue mlops --type packageModel -w package/${model} -i '{"model": "${model}"}'`,
    {
      model,
      version,
    },
  );
}

async function evidenceFor(ports: Ports, found: ModelVersionRow, serving: number | null): Promise<string[]> {
  const { model, version } = found;
  const run = await ports.registry.run(found.runId);
  if (run === null) return [];
  const isOther = serving !== null && serving !== version;
  return [
    ...evidenceOf(run),
    ...(isOther ? await heldAgainst(ports, { model, version, serving }) : []),
    ...(run.test === null ? [] : limitsInWords(run.test, await monitorPolicy(ports, model))),
    ...(await dataWarnings(ports, run.dataset.digest)),
    `read more: ${ports.pages?.card(model, version) ?? `npx temporal-mlops card ${model}@${version}`}${isOther ? `; npx temporal-mlops report ${model}` : ''}`,
  ];
}

type Asked = Parameters<typeof comparisonKey>[0];

async function heldAgainst({ ledger }: Ports, asked: Asked): Promise<string[]> {
  const compared = GateComparison.safeParse(await ledger.fact(comparisonKey(asked)));
  if (compared.success) return comparisonInWords(compared.data);
  return [`not compared on the same rows with version ${asked.serving}, which serves`];
}

const Specification = z.object({ monitor: z.object({ policy: MonitorPolicy }) });

/** The limits of its lifecycle as it was recorded last, else those that everybody has. */
async function monitorPolicy({ registry }: Ports, model: string): Promise<MonitorPolicy> {
  const { data } = Specification.safeParse((await registry.life(model))?.specification);
  return data?.monitor.policy ?? MonitorPolicy.parse({});
}
