import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DeployStatus } from '../../schemas/deploy.js';
import type { LifecycleStatus } from '../../schemas/lifecycle.js';
import type { CommandReply } from '../../schemas/messages.js';
import type { RolloutAsk, RolloutEvent } from '../../schemas/rollout.js';

/*
 * Messages take `unknown`: whatever a sender sends reaches the handler, which validates it. Names are the wire names.
 */
export const approve = defineSignal<[unknown]>('approve');
export const reject = defineSignal<[unknown]>('reject');
export const rollback = defineSignal<[unknown]>('rollback');
export const pause = defineSignal<[unknown]>('pause');
export const resume = defineSignal<[unknown]>('resume');
export const retrain = defineSignal<[unknown]>('retrain');
export const recordOutcomes = defineSignal<[unknown]>('recordOutcomes');
export const retire = defineSignal<[unknown]>('retire');

export const decide = defineUpdate<CommandReply, [unknown]>('decide');
export const rollbackUpdate = defineUpdate<CommandReply, [unknown]>('rollback');
export const configure = defineUpdate<CommandReply, [unknown]>('configure');
export const status = defineQuery<LifecycleStatus>('status');
export const deployStatus = defineQuery<DeployStatus>('status');

/*
 * Between a rollout and its owner only. The signals are hints, that each may ask the other; the updates change nothing.
 */
export const rolloutTold = defineSignal<[unknown]>('rolloutTold');
export const asks = defineUpdate<RolloutAsk | null, []>('asks');
export const rolloutNews = defineUpdate<RolloutEvent[] | null, [unknown]>('rolloutNews');
/** What the Temporal UI shows beside a message that no person sends. */
export const internal = (what: string): string => `internal: sent by our own workflows (${what})`;

/** From a stage to the lifecycle that began it, as it ends: a hint to look. */
export const stageEnded = defineSignal<[unknown]>('stageEnded');
