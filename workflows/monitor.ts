import { getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import { escapeMarkdown } from '../schemas/markdown.js';
import type { MonitorResult } from '../schemas/monitor.js';
import { workflowIds } from '../schemas/names.js';
import { asPlainText } from '../schemas/plain-text.js';
import { shorten } from './lifecycle/state.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** One window of predictions and true outcomes against the baseline. */
export async function monitorModel(raw: unknown): Promise<MonitorResult> {
  const input = inputOf('monitorModel', raw);
  showStage('monitor', { model: input.model, environment: input.environment });
  await run('findVersion', { model: input.model }, `is there a version of ${input.model}?`);
  const next = await run('chooseMonitorWindow', input, 'which day comes next?');
  const summary = `compare ${next ? `${next.from.slice(0, 10)} of ` : ''}${input.model} with its baseline`;
  const asked = next ? { ...input, window: next } : input;
  const result = await run('monitorWindow', asked, summary);
  const window = result.window ? `${result.window.from} to ${result.window.to}` : 'no complete day';
  show(
    `**${input.model}** in ${input.environment}, ${window}: **${result.verdict}**`,
    ...result.reasons.map(escapeMarkdown),
    result.report ? `report \`${result.report.uri}\`` : '',
  );
  if (result.retrainAsked) await askForRetraining(result);
  return result;
}

/** The owner decides what to do with it; a model without an owner has only the report. */
async function askForRetraining(result: MonitorResult): Promise<void> {
  const kind = result.verdict === 'drifted' ? 'drift' : 'decay';
  const reasons = `${result.window?.from.slice(0, 10) ?? ''}: ${result.reasons.join('; ')}`;
  const reason = asPlainText(shorten(reasons, 500)); // columns may be called anything
  const requestId = `monitor/${result.environment}/${result.window?.to ?? ''}`;
  try {
    const owner = getExternalWorkflowHandle(workflowIds.lifecycle(result.model));
    await owner.signal('retrain', { by: 'monitor', kind, reason, environment: result.environment, requestId });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('retraining was asked for, but the model has no lifecycle', { model: result.model });
  }
}

pinned(monitorModel);
