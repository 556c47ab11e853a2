import type { CheckedLabelInput, LabelInput, LabelResult, LabelSummary } from '../schemas/label.js';
import { codeSpan } from '../schemas/markdown.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showProgress, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { pinned } from './temporal/versioning.js';

/** Dataset version → labelled dataset version, with the time at which each label became known. */
export function labelData(raw: LabelInput): Promise<LabelResult> {
  return tellingOwner(() => label(raw));
}

async function label(raw: unknown): Promise<LabelResult> {
  const input = inputOf('labelData', raw);
  showStage('label', {});
  showProgress(`Labelling **${input.dataset.name}** by ${input.strategy}`, ruleOf(input));
  const summary = `label ${input.dataset.name} by ${input.strategy}`;
  const result = await run('labelDataset', input, summary);
  show(
    `**${result.dataset.name}** version ${result.dataset.version}: ${result.rows} labelled rows, ${labelText(result.label)}`,
  );
  return result;
}

const ruleOf = (input: CheckedLabelInput) => (typeof input['rule'] === 'string' ? codeSpan(input['rule']) : '');

function labelText(label: LabelSummary): string {
  if (label.kind === 'number') return `mean label ${label.mean.toFixed(4)}`;
  if (label.kind === 'binary') return `mean label ${label.positiveShare.toFixed(4)}`;
  const [first] = label.categories;
  return `${label.distinct} categories, most often ${codeSpan(first?.category ?? '')} (${first?.rows})`;
}

pinned(labelData);
