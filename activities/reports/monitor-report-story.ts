import { type Html, html } from './html.js';
import { decimalText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { windowsText } from './window-text.js';

/** What became of the verdict, as far as it is known when the page is made: an answer comes after it. */
export function whatHappened(shown: ShownWindow): string[] {
  const { result, policy } = shown;
  const { badWindows: bad, window } = result;
  if (bad === 0) return [];
  if (!result.retrainAsked)
    return [
      `Retraining was not asked for: ${bad} bad ${windowsText(bad, window)} in a row, ${policy.patience} are needed.`,
    ];
  return [`Retraining was asked for. ${actingText(shown.acting)}`, ...lastAnswer(shown)];
}

function actingText(acting: ShownWindow['acting']): string {
  if (acting === null) return 'Nobody acts on it: the model has no lifecycle.';
  if (!acting.hasRecipe) return 'The lifecycle does not act on it: it has no recipe to retrain by.';
  if (!acting.automatic)
    return 'The lifecycle does not act on it: its specification says "automatic": false, so that a person decides.';
  return 'The lifecycle acts on it, unless it is paused, is retraining, or did so within its cooldown; its status tells.';
}

function lastAnswer({ past: { asked } }: ShownWindow): string[] {
  if (asked === null) return [];
  const became = asked.outcome === 'started' ? 'a retraining began' : 'it was not acted on';
  return [`When a monitor asked last, on ${asked.at.slice(0, 10)}, ${became}: ${asked.reason}`];
}

export interface NextStep {
  readonly text: string;
  readonly command: string;
}

/** What a person may do now, with the line that does it. */
export function whatToDo({ result }: ShownWindow): NextStep[] {
  const { model, environment, version, window, verdict } = result;
  const start = (from: string, to: string) =>
    `temporal workflow start --task-queue mlops --type monitorModel -w monitor/${model}/${environment} -i '${JSON.stringify(
      { model, environment, window: { from, to } },
    )}'`;
  if (verdict === 'tooFewRows' && window !== null) {
    const from = new Date(Date.parse(window.from) - 6 * 86_400_000).toISOString();
    return [{ text: 'Judge a week at once, which has more rows', command: start(from, window.to) }];
  }
  if (verdict !== 'drifted' && verdict !== 'decayed') return [];
  const by = { by: '<your name>', reason: `${verdict} on ${window?.from.slice(0, 10) ?? ''}` };
  return [
    { text: 'See what this version was made of', command: `npx temporal-mlops lineage ${model}@${version ?? ''}` },
    {
      text: 'Retrain now; a challenger that is no better is not rolled out',
      command: `temporal workflow signal -w lifecycle/${model} --name retrain -i '${JSON.stringify(by)}'`,
    },
    {
      text: 'Go back to the version before, where that one was better',
      command: `npx temporal-mlops rollback ${model} --environment ${environment}`,
    },
  ];
}

export function storySection(shown: ShownWindow): Html {
  const [happened, steps] = [whatHappened(shown), whatToDo(shown)];
  return html`<section class="card reasons"><ul>${shown.result.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
${happened.length === 0 ? null : html`<h3>What happened to it</h3><ul>${happened.map((line) => html`<li>${line}</li>`)}</ul>`}
${steps.length === 0 ? null : html`<h3>What to do</h3>${steps.map(({ text, command }) => html`<p>${text}</p><pre>${command}</pre>`)}`}</section>`;
}

/** Which bytes, whose run, by which rules, asked when. */
export function identityOf({ result, policy, identity, task }: ShownWindow): [string, string][] {
  const { psiThreshold, minRows, maxCalibrationGap, maxAucLoss, patience } = policy;
  const rules = [
    `PSI above ${psiThreshold}`,
    `gap above ${decimalText(maxCalibrationGap)}${task === 'binary' ? '' : ' standard deviations'}`,
    ...(task === 'binary' ? [`ROC AUC lost above ${decimalText(maxAucLoss)}`] : []),
  ];
  return [
    ['Model', `${result.model}@${result.version ?? '–'}, ${short(identity.modelDigest)}`],
    ['Dataset', short(identity.datasetDigest)],
    ['Run', identity.runId],
    ['Bad is', `${rules.join(', ')}; from ${minRows} rows on; ${patience} in a row ask for retraining`],
    ['Asked for by', identity.workflowId],
    [
      'Asked for at',
      identity.madeAt === null ? 'not recorded' : `${identity.madeAt.slice(0, 16).replace('T', ' ')} UTC`,
    ],
    ['Lineage', `npx temporal-mlops lineage ${result.model}@${result.version ?? ''}`],
  ];
}

const short = (digest: string) => digest.slice(0, 12);

export function identitySection(shown: ShownWindow): Html {
  return html`<h2>What this page is about</h2><dl class="card identity">${identityOf(shown).map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl>`;
}
