import { asVisibleLine, type DeployStatus, type LifecycleStatus } from '../../schemas/index.js';
import type { Followed } from './follow.js';
import { shortDigests } from './short-digests.js';
import { statusText } from './status-text.js';

/** What a person reads of a run that was followed: its result in a few lines, or what it waits for and who answers how. */
export function resultText(workflowId: string, stands: Followed | { readonly state: 'running' }): string {
  switch (stands.state) {
    case 'running':
      return `${workflowId} goes on. Look at it: temporal workflow describe -w ${workflowId}`;
    case 'ended':
      return endText(workflowId, stands.result);
    case 'waits':
    case 'serving':
      return isLifecycle(stands.status) ? statusText(stands.status) : deployText(stands.status);
  }
}

const isLifecycle = (status: LifecycleStatus | DeployStatus): status is LifecycleStatus => 'endpoints' in status;

function deployText({ model, version, environment, phase, evidence, answerWith }: DeployStatus): string {
  const lines = [
    `Version ${version ?? '?'} of ${model} for ${environment}: ${phase}.`,
    ...evidence.map((line) => `  · ${line}`),
    'Answer with one of:',
    `  npx temporal-mlops approve ${model} --by you@example.com`,
    `  npx temporal-mlops approve ${model} --by you@example.com --reject --comment "why not"`,
    ...answerWith.map((line) => `  ${line}`),
  ];
  return lines.map(asVisibleLine).join('\n');
}

/** Numbers, words and short lists as they are; what is long is counted, and stands whole in --json. */
function endText(workflowId: string, result: unknown): string {
  const fields = typeof result === 'object' && result !== null ? Object.entries(result) : [];
  const lines = fields.map(([name, value]) => asVisibleLine(`  ${name}: ${shortly(value)}`));
  return [`${workflowId} ended:`, ...lines].join('\n');
}

function shortly(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `${value.length} (see --json)`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const short = shortDigests(text ?? '');
  return short.length > 160 ? `${short.slice(0, 160)} … (see --json)` : short;
}
