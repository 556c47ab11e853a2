import type { DeployStatus } from '../../schemas/deploy.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { workflowIds } from '../../schemas/names.js';
import type { Step } from '../../schemas/strategy.js';
import { answerLines, resumeLine } from '../lifecycle/display.js';

/** The status before the version is known. */
export function noRollout({ model, environment }: EndpointName): DeployStatus {
  return {
    model,
    environment,
    version: null,
    phase: 'starting',
    steps: [],
    step: null,
    evidence: [],
    approvedBy: null,
    outcome: null,
    reasons: [],
    answerWith: [],
    owner: workflowIds.lifecycle(model),
  };
}

/** The CLI lines that answer what a rollout waits for. */
export function linesThatAnswer(
  phase: DeployStatus['phase'],
  { model, environment, version }: EndpointName & { version: number },
): string[] {
  if (phase === 'paused') return [resumeLine(model, environment)];
  return phase === 'waiting for approval' ? answerLines(model, { environment, version }) : [];
}

/** A strategy on one line, for whoever approves it: `share 5 %, bake 1 day, promote`. */
export const stepsInWords = (steps: readonly Step[]): string => steps.map(inWords).join(', ');

function inWords(step: Step): string {
  if (step.kind === 'share') return `share ${Number((step.share * 100).toPrecision(3))} %`;
  return 'duration' in step && step.duration !== undefined ? `${step.kind} ${step.duration}` : step.kind;
}
