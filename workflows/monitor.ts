import {
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { escapeMarkdown } from '../schemas/markdown.js';
import type { CheckedMonitorInput, MonitorInput, MonitorResult, MonitorRun } from '../schemas/monitor.js';
import { mostMonitorWindows, workflowIds } from '../schemas/names.js';
import { asPlainText } from '../schemas/plain-text.js';
import { MlVerdict, MlVersion } from '../schemas/search-attributes.js';
import { shorten } from './lifecycle/state.js';
import { run } from './temporal/activity-options.js';
import { rootMessage } from './temporal/root-message.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** Every data day that is due, or the window that is named: its predictions and true outcomes against the baseline. */
export async function monitorModel(raw: MonitorInput): Promise<MonitorRun> {
  const input = inputOf('monitorModel', raw);
  showStage('monitor', { model: input.model, environment: input.environment });
  await run('findVersion', { model: input.model }, `is there a version of ${input.model}?`);
  await run('ensureOwner', { model: input.model }, 'does its lifecycle run?');
  const windows = await run('chooseMonitorWindows', input, 'which days are due?');
  const looks = await lookAtAll(input, windows);
  if (looks.results.length > 0 && windows.length > 0) await compact(input);
  await tellVerdict(input, looks.results);
  // as many as one answer holds: there may be more, and the next run begins at once
  if (windows.length >= mostMonitorWindows && looks.results.length > 0) return continueAsNew<typeof monitorModel>(raw);
  return told(looks);
}

type Window = NonNullable<MonitorResult['window']>;

interface Looks {
  readonly results: MonitorResult[];
  readonly failed: MonitorRun['failed'];
  readonly error: unknown;
}

/** One day that cannot be looked at does not keep the days after it from being judged. */
async function lookAtAll(input: CheckedMonitorInput, windows: readonly Window[]): Promise<Looks> {
  if (windows.length === 0) return { results: [await look(input)], failed: [], error: null };
  const results: MonitorResult[] = [];
  const failed: MonitorRun['failed'] = [];
  let firstError: unknown = null;
  for (const window of windows) {
    try {
      const result = await look({ ...input, window });
      if (result.retrainAsked && !results.some((before) => before.retrainAsked)) await askForRetraining(result);
      results.push(result);
    } catch (error) {
      if (isCancellation(error)) throw error;
      firstError ??= error;
      failed.push({ ...window, reason: shorten(rootMessage(error), 500) });
    }
  }
  return { results, failed, error: firstError };
}

function look(input: CheckedMonitorInput): Promise<MonitorResult> {
  const { model, window } = input;
  const summary = `compare ${window ? `${window.from.slice(0, 10)} of ` : ''}${model} with its baseline`;
  return run('monitorWindow', input, summary);
}

/** What is looked at again, or again by somebody else, is then read from few files. A day stays judged where this fails. */
async function compact({ model, environment }: CheckedMonitorInput): Promise<void> {
  try {
    await run('compactPredictions', { model, environment }, 'many small segments of a day → one part');
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('segments were not compacted', { model, environment, reason: rootMessage(error) });
  }
}

/** The last window in full, the others in a word. */
function told({ results, failed, error }: Looks): MonitorRun {
  const last = results.at(-1);
  if (last === undefined) throw error;
  const window = last.window ? `${last.window.from} to ${last.window.to}` : 'no complete day';
  show(
    `**${last.model}** in ${last.environment}, ${window}: **${last.verdict}**`,
    ...last.reasons.map(escapeMarkdown),
    last.report ? reportLine(last.report) : '',
    results.length > 1 ? `${results.length} windows were looked at.` : '',
    ...failed.map(({ from, reason }) => `${from} could not be looked at: ${escapeMarkdown(reason)}`),
  );
  const lookedAt = results.flatMap(({ window, verdict, retrainAsked }) =>
    window === null ? [] : [{ ...window, verdict, retrainAsked }],
  );
  return { ...last, lookedAt, failed };
}

const reportLine = ({ url, uri }: NonNullable<MonitorResult['report']>): string =>
  url ? `[report](${url})` : `report \`${uri}\``;

/** Found by `MlVerdict` here and at the owner, who asks the ledger; what has no owner is only found here. */
async function tellVerdict(
  { model, environment }: CheckedMonitorInput,
  results: readonly MonitorResult[],
): Promise<void> {
  const last = results.at(-1);
  if (last === undefined) return;
  upsertSearchAttributes([
    { key: MlVerdict, value: last.verdict },
    ...(last.version === null ? [] : [{ key: MlVersion, value: last.version }]),
  ]);
  if (last.window === null) return;
  try {
    await getExternalWorkflowHandle(workflowIds.lifecycle(model)).signal('judged', { environment });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('the model has no lifecycle that could be told of the verdict', { model });
  }
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
