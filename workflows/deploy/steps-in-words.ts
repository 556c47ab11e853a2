import type { Step } from '../../schemas/strategy.js';

/** A strategy on one line, for whoever approves it: `share 5 %, bake 1 day, promote`. */
export const stepsInWords = (steps: readonly Step[]): string => steps.map(inWords).join(', ');

function inWords(step: Step): string {
  if (step.kind === 'share') return `share ${Number((step.share * 100).toPrecision(3))} %`;
  return 'duration' in step && step.duration !== undefined ? `${step.kind} ${step.duration}` : step.kind;
}
