import type { FoundVersion } from '../../activities/activities.js';
import type { CheckedDeployInput, DeployStatus } from '../../schemas/deploy.js';
import { durationMilliseconds } from '../../schemas/duration.js';
import type { ServedVersion } from '../../schemas/endpoint.js';
import type { RolloutAsk, RolloutEvent } from '../../schemas/rollout.js';
import { type Step, stepsOf } from '../../schemas/strategy.js';
import type { CandidateWatch } from '../../statistics/verdicts/candidate-watch.js';
import { shorten } from '../lifecycle/state.js';
import { stepsInWords } from './steps-in-words.js';

export type RolloutInput = Extract<CheckedDeployInput, { approvalTimeout: string }>;
export type EventOf<K extends RolloutEvent['kind']> = Extract<RolloutEvent, { kind: K }>;

/** What the owner said: of each kind the first, so that it stays small however often it is said. */
export interface Heard {
  granted: EventOf<'granted'> | null;
  approved: EventOf<'approved'> | null;
  refused: EventOf<'refused'> | null;
  stopped: EventOf<'stopped'> | null;
  /** places of the steps that are done */
  stepsDone: number[];
}

export const nothingHeard = (): Heard => ({
  granted: null,
  approved: null,
  refused: null,
  stopped: null,
  stepsDone: [],
});

export function hear(heard: Heard, event: RolloutEvent): void {
  switch (event.kind) {
    case 'granted':
      heard.granted ??= event;
      return;
    case 'approved':
      heard.approved ??= event;
      return;
    case 'refused':
      heard.refused ??= event;
      return;
    case 'stopped':
      heard.stopped ??= event;
      return;
    case 'stepDone':
      if (!heard.stepsDone.includes(event.step)) heard.stepsDone.push(event.step);
      return;
  }
}

/** All of a rollout's state: plain JSON, carried whole when its workflow continues as new. */
export interface RolloutState {
  /** by which its owner knows it: the run that it began with */
  readonly runId: string;
  readonly version: ServedVersion;
  /** what its start says for it, and the strategy that was chosen: everything else is looked up */
  readonly said: string[];
  /** what an approval is based on: the same, and what its run measured */
  readonly evidence: string[];
  /** what it wants of its owner, who asks for it */
  asks: RolloutAsk | null;
  /** when the time for answers is over, in milliseconds since 1970 */
  readonly answersUntil: number;
  steps: Step[];
  phase: DeployStatus['phase'];
  /** from its grant on it may move the routes */
  granted: EventOf<'granted'> | null;
  isLoaded: boolean;
  /** the place of the step that it is at, and since when */
  index: number | null;
  stepSince: number;
  watch: CandidateWatch | null;
  /** the same of the version that serves beside it */
  beside: CandidateWatch | null;
  /** what the newest analysis found */
  finding: string | null;
}

interface Begins {
  readonly found: FoundVersion;
  /** what could not be found out */
  readonly unknown: readonly string[];
  readonly runId: string;
  readonly now: number;
}

/** How a rollout begins. */
export function rolloutOf(input: RolloutInput, { found, unknown, runId, now }: Begins): RolloutState {
  const steps = stepsOf(input);
  const strategy = input.strategy === undefined ? [] : [`strategy: ${stepsInWords(steps)}`];
  const atStart = input.evidence.map((line) => `said at its start: ${line}`);
  const said = [...atStart, ...strategy, ...unknown].map((line) => shorten(line));
  return {
    runId,
    version: found.version,
    said,
    evidence: [...said, ...found.evidence],
    asks: null,
    answersUntil: now + durationMilliseconds(input.approvalTimeout),
    steps,
    phase: 'starting',
    granted: null,
    isLoaded: false,
    index: null,
    stepSince: now,
    watch: null,
    beside: null,
    finding: null,
  };
}
