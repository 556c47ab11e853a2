import { isCancellation } from '@temporalio/workflow';
import type { FoundVersion } from '../../activities/activities.js';
import { shorten } from '../lifecycle/state.js';
import { run, runForAWhile } from '../temporal/activity-options.js';
import { rootMessage } from '../temporal/root-message.js';
import { show } from '../temporal/stage.js';
import type { RolloutInput } from './rollout-state.js';
import { type DeploymentRun, Leaving } from './run.js';

/** A version with what is known of it beside what serves, and what could not be found out. */
export interface HeldAgainst {
  readonly found: FoundVersion;
  readonly unknown: string[];
}

/**
 * Before a person is asked, what wants to serve is held against what serves, on the same rows. What cannot be compared is
 * said at the gate, and holds it up for no longer than the activities may take.
 */
export async function heldAgainstServing(
  { model, environment }: RolloutInput,
  found: FoundVersion,
  deployment: DeploymentRun,
): Promise<HeldAgainst> {
  const { version } = found.version;
  const asked = () => runForAWhile('championOf', { model, environment }, `what serves ${environment}?`);
  const seen = await tried(() => workOf(deployment, asked));
  if (seen.kind === 'failed')
    return { found, unknown: [`not compared: ${environment} cannot be asked what serves now`] };
  const serving = seen.value;
  if (serving === null || serving === version) return { found, unknown: [] };
  show(`Comparing **${model}** version ${version} with version ${serving}, which serves **${environment}**`);
  const pair = { model, version, serving };
  const summary = `versions ${serving} and ${version} answer the same test rows`;
  const compared = await tried(() => workOf(deployment, () => run('compareAtGate', pair, summary)));
  const known = await workOf(deployment, () => run('findVersion', pair, `what is known of version ${version}?`));
  return { found: known, unknown: compared.kind === 'failed' ? [`not compared: ${compared.reason}`] : [] };
}

/** Does it, or leaves this run of the deployment in its middle. */
export async function workOf<T>(deployment: DeploymentRun, ask: () => Promise<T>): Promise<T> {
  const worked = await deployment.work(ask, () => false);
  if (worked.kind === 'done') return worked.value;
  throw worked.kind === 'failed' ? worked.error : new Leaving();
}

type Tried<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly reason: string };

async function tried<T>(ask: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { kind: 'done', value: await ask() };
  } catch (error) {
    if (isCancellation(error) || error instanceof Leaving) throw error;
    return { kind: 'failed', reason: shorten(rootMessage(error), 200) };
  }
}
