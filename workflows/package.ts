import { codeSpan } from '../schemas/markdown.js';
import type { PackageInput, PackageResult } from '../schemas/package.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showProgress, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { pinned } from './temporal/versioning.js';

/** Run → immutable model version. */
export function packageModel(raw: PackageInput): Promise<PackageResult> {
  return tellingOwner(() => packageRun(raw));
}

async function packageRun(raw: unknown): Promise<PackageResult> {
  const input = inputOf('packageModel', raw);
  showStage('package', { model: input.model });
  showProgress(
    `Packaging **${input.model}** ${input.runId === undefined ? '(newest best run)' : codeSpan(input.runId)}`,
  );
  const summary = `package ${input.model}: ONNX, parity, model card`;
  const result = await run('packageRun', input, summary);
  showStage('package', { model: input.model, version: result.version });
  show(
    `**${input.model}** version ${result.version}`,
    `model digest \`${result.modelDigest}\``,
    `parity over ${result.parity.rows} rows: largest difference ${result.parity.maxDifference}`,
  );
  return result;
}

pinned(packageModel);
