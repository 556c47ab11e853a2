import { failure } from '../../schemas/index.js';
import type { FoundVersion } from '../activities.js';
import type { Registry } from '../stores/registry.js';
import { evidenceOf } from './evidence.js';

/** The version that is named, or the newest, with what speaks for it. */
export async function findVersion(
  registry: Registry,
  model: string,
  version: number | undefined,
): Promise<FoundVersion> {
  const found = await registry.modelVersion(model, version);
  if (found) {
    const { modelDigest, packageDigest } = found;
    const run = await registry.run(found.runId);
    return { version: { version: found.version, modelDigest, packageDigest }, evidence: run ? evidenceOf(run) : [] };
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
