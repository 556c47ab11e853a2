import type { DeployResult, DeployStatus } from '../../schemas/deploy.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { workflowIds } from '../../schemas/names.js';
import { answerLines, resumeLine, resumeModelLine } from '../lifecycle/answering.js';
import type { RolloutInput, RolloutState } from './rollout-state.js';
import { waitOf } from './waits.js';

/** What the messages that were handed on add to it is said elsewhere. */
export type RolloutStatus = Omit<DeployStatus, 'messages'>;

/** The status before the version is known. */
export function noRollout({ model, environment }: EndpointName): RolloutStatus {
  return {
    model,
    environment,
    version: null,
    phase: 'starting',
    steps: [],
    step: null,
    waits: null,
    evidence: [],
    approvedBy: null,
    outcome: null,
    reasons: [],
    answerWith: [],
    owner: workflowIds.lifecycle(model),
  };
}

export function statusOfRollout(input: RolloutInput, state: RolloutState, result: DeployResult | null): RolloutStatus {
  const { phase, steps, index, evidence, granted } = state;
  const { version } = state.version;
  return {
    ...noRollout(input),
    version,
    phase,
    steps,
    step: index,
    waits: waitOf(state),
    evidence,
    approvedBy: granted?.approvedBy ?? null,
    outcome: result?.outcome ?? null,
    reasons: result?.reasons ?? [],
    answerWith: linesThatAnswer(phase, { ...input, version }),
  };
}

/** The CLI lines that answer what a rollout waits for. */
function linesThatAnswer(
  phase: DeployStatus['phase'],
  { model, environment, version }: EndpointName & { version: number },
): string[] {
  if (phase === 'paused') return [resumeLine(model, environment)];
  if (phase === 'approved, held') return [resumeModelLine(model)];
  return phase === 'waiting for approval' ? answerLines(model, { environment, version }) : [];
}

/** What a rollout ends with; the newest finding stands beside the reasons. */
export function resultOf(
  { model, environment }: RolloutInput,
  { version, finding, granted }: RolloutState,
  { reasons, ...came }: Pick<DeployResult, 'outcome' | 'reasons' | 'serving'>,
): DeployResult {
  return {
    model,
    environment,
    version: version.version,
    ...came,
    reasons: [...new Set(finding ? [...reasons, finding] : reasons)],
    generation: granted?.fence.generation ?? null,
    approvedBy: granted?.approvedBy ?? null,
  };
}
