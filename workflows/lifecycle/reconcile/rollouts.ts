import { condition, isCancellation, sleep, uuid4 } from '@temporalio/workflow';
import { durationMilliseconds } from '../../../schemas/duration.js';
import { errorCode } from '../../../schemas/failure.js';
import { run, runBriefly } from '../../temporal/activity-options.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { isGranted, type OwnedRollout } from '../rollout.js';
import { takeLook } from '../rollout-looks.js';
import { grantApproved, grantable } from '../rollout-steps.js';
import { type LifecycleState, note } from '../state.js';
import { restUntilDue } from './due.js';
import { observeEndpoint } from './servers.js';

/*
 * The owner and the workflows of rollouts: it asks what they want, grants, and lets them know.
 */

/** Asks a workflow that is said to want something. One that cannot be answered now makes room for the others. */
export async function lookAtNext(state: LifecycleState, clock: Clock): Promise<void> {
  const workflowId = state.looks.shift();
  if (workflowId === undefined) return;
  try {
    await look(state, { workflowId, known: null }, clock);
  } catch (error) {
    if (isCancellation(error) || !isFinal(error)) state.looks.push(workflowId);
    if (!isFinal(error)) throw error;
    note(state, clock().now, `${workflowId} cannot be rolled out: ${rootMessage(error)}`);
  }
}

/** What is wrong with the deployment itself; its workflow fails by the same. */
const isFinal = (error: unknown) => ['VERSION_NOT_FOUND', 'InvalidInput'].includes(errorCode(error) ?? '');

interface Looking {
  readonly workflowId: string;
  /** a run that need not be asked where it still goes on; null to ask in any case */
  readonly known: string | null;
}

async function look(state: LifecycleState, { workflowId, known }: Looking, clock: Clock): Promise<void> {
  const asked = { model: state.spec.model, workflowId, known, serving: servingNow(state) };
  const summary = known === null ? `what does ${workflowId} want?` : `does ${workflowId} go on?`;
  const found = await runBriefly('lookAtRollout', asked, summary);
  takeLook(state, { workflowId, found }, clock().now);
}

/** What a version at its gate is held against. */
const servingNow = ({ endpoints }: LifecycleState): Record<string, number> =>
  Object.fromEntries(
    endpoints.flatMap(({ environment, routes: { current } }) => (current ? [[environment, current.version]] : [])),
  );

/**
 * Before a rollout may move anything, its workflow and the server are asked once more: an approval that a reset played again
 * belongs to a run that is over, and the server may have more than its owner remembers.
 */
export async function grantNext(state: LifecycleState, clock: Clock): Promise<void> {
  const endpoint = grantable(state);
  if (!endpoint?.rollout) return;
  const { workflowId, runId } = endpoint.rollout;
  await look(state, { workflowId, known: runId }, clock);
  await observeEndpoint(state, endpoint, clock);
  grantApproved(state, endpoint, { nonce: uuid4(), now: clock().now });
}

export async function wakeNext(state: LifecycleState): Promise<void> {
  const workflowId = state.wakes[0];
  if (workflowId === undefined) return;
  await run('wakeRollout', { workflowId }, `${workflowId} was told something`);
  state.wakes = state.wakes.filter((id) => id !== workflowId);
}

const soonMs = 15_000;
const laterMs = 60_000;
const seldomMs = 10 * 60_000;

/** A rollout whose workflow was ended by force cannot hold its endpoint, nor leave its candidate there. */
export async function lookNowAndThen(state: LifecycleState, clock: Clock): Promise<never> {
  const rollouts = () => state.endpoints.flatMap(({ rollout }) => rollout ?? []);
  const someGranted = () => rollouts().some(isGranted);
  for (;;) {
    await condition(() => rollouts().length > 0);
    const wasGranted = someGranted();
    const everyMs = Math.min(durationMilliseconds(state.spec.compareEvery), pauseMs(rollouts(), clock().now));
    const rest = restUntilDue(state, 'lookedAt', { everyMs, now: clock().now });
    const isOther = () => someGranted() !== wasGranted || rollouts().length === 0;
    if (rest > 0 && (await condition(isOther, rest, { summary: 'until rollouts are looked at' }))) continue;
    state.lookedAt = clock().now;
    for (const { workflowId, runId } of rollouts()) await lookUnlessAway(state, { workflowId, known: runId }, clock);
  }
}

/** One that waits for a person may do so for weeks; one that moves routes is missed soon. */
function pauseMs(rollouts: readonly OwnedRollout[], now: number): number {
  const granted = rollouts.filter(isGranted);
  if (granted.length === 0) return seldomMs;
  const age = now - Math.max(...granted.map(({ since }) => since));
  return age < seldomMs ? soonMs : laterMs;
}

async function lookUnlessAway(state: LifecycleState, looking: Looking, clock: Clock): Promise<void> {
  try {
    await look(state, looking, clock);
  } catch (error) {
    if (isCancellation(error)) throw error; // what does not answer is asked again next time
    await sleep('1 s', { summary: 'before looking at the next rollout' });
  }
}
