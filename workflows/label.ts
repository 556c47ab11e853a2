import type { LabelResult } from '../schemas/label.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** Dataset version → labelled dataset version, with the time at which each label became known. */
export async function labelData(raw: unknown): Promise<LabelResult> {
  const input = inputOf('labelData', raw);
  showStage('label', {});
  show(`Labelling **${input.dataset.name}** by \`${input.rule}\``);
  const summary = `label ${input.dataset.name} by rule`;
  const result = await run('labelDataset', input, summary);
  show(
    `**${result.dataset.name}** version ${result.dataset.version}: ${result.rows} labelled rows, mean label ${result.labelMean.toFixed(4)}`,
  );
  return result;
}

pinned(labelData);
