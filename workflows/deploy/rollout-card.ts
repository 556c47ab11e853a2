import { escapeMarkdown } from '../../schemas/markdown.js';
import { waitInWords } from '../../schemas/rollout-wait.js';
import type { RolloutInput, RolloutState } from './rollout-state.js';
import { waitOf } from './waits.js';

/** A rollout under way, in one line. */
export function progressLine({ model, environment }: RolloutInput, state: RolloutState, where: string): string {
  const what = `**${model}** version ${state.version.version} out to **${environment}**`;
  return `Rolling ${what}, approved by ${escapeMarkdown(state.granted?.approvedBy ?? '')}: ${where}`;
}

/** The step that it is at, what it waits for and until when. */
export function stepCard(input: RolloutInput, state: RolloutState): string[] {
  const { index, steps } = state;
  const step = `step ${(index ?? 0) + 1} of ${steps.length}, ${steps[index ?? 0]?.kind ?? ''}`;
  const wait = waitOf(state);
  const waits = wait === null ? [] : [`Waits for: ${waitInWords(wait, input.model)}`];
  return [progressLine(input, state, step), ...waits];
}
