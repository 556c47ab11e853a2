import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { failure } from '../schemas/failure.js';
import { parseInput } from '../schemas/input.js';
import type { CheckedLifecycleInput, LifecycleInput, LifecycleResult } from '../schemas/lifecycle.js';
import {
  type Answer,
  type CommandReply,
  Decide,
  Rollback,
  signalDescriptions,
  signalNames,
} from '../schemas/messages.js';
import { workflowIds } from '../schemas/names.js';
import { registry } from '../schemas/registry.js';
import { hintSchemas } from '../schemas/rollout.js';
import { configured } from './lifecycle/configure.js';
import type { Context } from './lifecycle/context.js';
import { statusOf } from './lifecycle/display.js';
import { isFleetRecorded } from './lifecycle/fleet.js';
import { findGate } from './lifecycle/gate.js';
import { measureNow } from './lifecycle/handed-on/bytes.js';
import { carry, takeUp } from './lifecycle/handed-on/carried.js';
import { receive, wasSeen } from './lifecycle/inbox.js';
import { reconcile } from './lifecycle/reconcile/loops.js';
import { beginning, type Progress } from './lifecycle/reconcile/progress.js';
import { keepShown } from './lifecycle/reconcile/shown.js';
import { type Refusal, refuse } from './lifecycle/replies.js';
import { servesInWords } from './lifecycle/rollback.js';
import { newsOf } from './lifecycle/rollout-looks.js';
import { initialState, isReconciled, isSettled, type LifecycleState, limits } from './lifecycle/state.js';
import { onlyCancelled } from './temporal/cancelled.js';
import * as messages from './temporal/messages.js';
import { internal } from './temporal/messages.js';
import { inputOf, ownId, showStage } from './temporal/stage.js';
import { ignoreEndedStages } from './temporal/stage-ended.js';
import { startFaults } from './temporal/start-faults.js';
import { autoUpgrading } from './temporal/versioning.js';

/**
 * A run hands over to the next after this many messages, long before Temporal's own limits. Messages that arrive in the
 * task that hands over make Temporal do that task again, from the run's whole history: a short one is soon done again,
 * before a flood can bring new ones.
 */
const messagesPerRun = 500;
/** The same by weight. */
const bytesPerRun = 2 * 1024 * 1024;

/**
 * One model's whole life. Handlers put messages into the state; the reconcile loops do what the state asks for (push routes,
 * record facts, run stages); everything is in the state, so that the workflow can continue as new at any moment. Its input
 * is the specification as it is in force; the state comes from the run before it, and from nobody else.
 */
export async function modelLifecycle(raw: LifecycleInput, carried?: unknown): Promise<LifecycleResult> {
  const { revive = false, ...spec } = inputOf('modelLifecycle', raw);
  refuseStart(spec, carried);
  const state = carried === undefined ? initialState(spec, workflowInfo().firstExecutionRunId) : takeUp(spec, carried);
  const current: Run = { isLeaving: false };
  listen(state, current);
  showStage('lifecycle', { model: spec.model, environment: spec.environment });
  outliveCancellation(state);
  return CancellationScope.nonCancellable(() => live(state, current, beginning(revive)));
}

/** One lifecycle a model, under its one id, which nobody can hand a state to; and what is carried must fit into a payload. */
function refuseStart(spec: CheckedLifecycleInput, carried: unknown): void {
  const { workflowId } = workflowInfo();
  const id = workflowIds.lifecycle(spec.model);
  const size = measureNow(spec);
  const faults = [
    workflowId === id ? null : `the lifecycle of ${spec.model} has the id ${id}, and not ${workflowId}`,
    ...startFaults({ what: 'a lifecycle', argument: 'the specification', carried }),
    size <= limits.specificationBytes
      ? null
      : `it has ${size} bytes; at most ${limits.specificationBytes} are allowed: shorten its recipes`,
  ].filter((fault) => fault !== null);
  if (faults.length > 0)
    throw failure('InvalidInput', `modelLifecycle got a wrong input: ${faults.join('; ')}.`, { fields: faults, size });
}

const context = (): Context => ({ workflowId: ownId(), now: Date.now() });

/** What handlers see of the run they are in. */
interface Run {
  /** the next run goes on: nothing waits here any longer */
  isLeaving: boolean;
}

/** What serves would be without an owner: a lifecycle that is to be cancelled says so, and goes on. */
function outliveCancellation(state: LifecycleState): void {
  const message = 'what serves needs its owner, which goes on; to end it send "retire"';
  CancellationScope.current().cancelRequested.catch(() => {
    refuse(state, { name: 'cancel', refusal: { code: 'CANCEL_REFUSED', message } }, context());
  });
}

/** Lives until the model is retired, or until this run has grown large and the next takes over. */
async function live(state: LifecycleState, run: Run, progress: Progress): Promise<LifecycleResult> {
  const isLarge = isLargeSince(state);
  const isOver = () => state.retired !== null && isWoundUp(state, progress);
  const scope = new CancellationScope();
  const working = scope.run(() => reconcile(state, context, progress)).catch(onlyCancelled);
  const display = scope.run(() => keepShown(state)).catch(onlyCancelled);
  await Promise.race([condition(() => isOver() || isLarge() || progress.refusal !== null), working]);
  run.isLeaving = true;
  await Promise.race([condition(allHandlersFinished), working]);
  scope.cancel();
  await Promise.all([working, display]);
  await condition(allHandlersFinished);
  if (progress.refusal !== null) throw progress.refusal;
  if (state.retired !== null && isOver())
    return { model: state.spec.model, retiredBy: state.retired.by, reason: state.retired.reason };
  const input = progress.revives && state.signaturesRequired === null ? { ...state.spec, revive: true } : state.spec;
  return continueAsNew<typeof modelLifecycle>(input, carry(state, Date.now()));
}

/** A run that has taken many messages, or another specification than it began with, gives way to the next. */
function isLargeSince(state: LifecycleState): () => boolean {
  const { spec, counts } = state;
  const startedWith = counts.messages;
  return () => {
    const { continueAsNewSuggested, historySize } = workflowInfo();
    const isMuch = state.counts.messages - startedWith >= messagesPerRun || historySize > bytesPerRun;
    // a push on its way, a rollback's perhaps, is not taken back for it
    const isOther = state.spec !== spec && state.endpoints.every(isReconciled);
    return continueAsNewSuggested || isMuch || isOther;
  };
}

/** Nothing serves, no Schedule is left, everything is recorded and told. A retirement with force waits for no stage. */
function isWoundUp(state: LifecycleState, { scheduled }: Progress): boolean {
  const isEmpty = state.endpoints.every((e) => e.isObserved && e.routes.current === null);
  const isTold = isFleetRecorded(state, ownId()) || state.problems['fleet'] !== undefined;
  const isIdle = state.running === null || state.retired?.force === true;
  return scheduled === 'none' && isEmpty && isSettled(state) && isIdle && isTold;
}

function listen(state: LifecycleState, run: Run): void {
  const take = (name: string, body: unknown): CommandReply => receive(state, { name, body }, context());
  for (const name of signalNames)
    setHandler(messages[name], (body) => void take(name, body), { description: signalDescriptions[name] });
  for (const name of Object.keys(hintSchemas))
    setHandler(defineSignal<[unknown]>(name), (body) => void take(name, body), { description: internal('a hint') });
  ignoreEndedStages();
  setHandler(messages.status, () => statusOf(state), { description: 'Where the model stands, and what it waits for' });
  setDefaultSignalHandler((name, body) => void take(name, body));
  const decide = (body: unknown) => {
    const { decision, ...answer } = Decide.parse(body);
    const refusal = whyNoDecision(state, decision, answer);
    const reply = take(decision, answer); // recorded, refused or not
    if (refusal !== null) throw failure(refusal.code, refusal.message);
    return reply;
  };
  setHandler(messages.rolloutNews, (body) => newsOf(state, body), {
    description: internal('what was this rollout told?'),
  });
  setHandler(messages.decide, decide, {
    validator: (body) => void parseInput(registry.decide, body, 'decide'),
    description: 'Approve or reject what waits at a gate, with an answer',
  });
  setHandler(messages.rollbackUpdate, (body) => rollBackAndWait(state, take('rollback', body), { body, run }), {
    validator: (body) => void parseInput(registry.rollback, body, 'rollback'),
    description: 'Return an endpoint to its previous version, with an answer',
  });
  setHandler(messages.configure, (body) => take('configure', body), {
    validator: (body) => validateConfiguration(body, state),
    description: 'Change the specification, whole or in part, with an answer that says what changed',
  });
}

/** A decision that its sender is told to be refused, as a failure. */
function whyNoDecision(state: LifecycleState, decision: string, answer: Answer): Refusal | null {
  if (wasSeen(state, decision, answer)) return null;
  const found = findGate(state, answer);
  return found.kind === 'refused' ? found.refusal : null;
}

function validateConfiguration(body: unknown, state: LifecycleState): void {
  const asked = parseInput(registry.configure, body, 'configure');
  if (wasSeen(state, 'configure', asked)) return;
  const came = configured(state, asked.specification);
  if (came.kind === 'refused') throw failure(came.refusal.code, came.refusal.message);
}

/** Answers with what serves once the servers have the routes, or after a while with what is still under way. */
async function rollBackAndWait(
  state: LifecycleState,
  reply: CommandReply,
  { body, run }: { body: unknown; run: Run },
): Promise<CommandReply> {
  if (!reply.changed) return reply;
  const { environment } = Rollback.parse(body);
  const concerned = () => state.endpoints.filter((e) => environment === undefined || e.environment === environment);
  const pushed = () => concerned().every(isReconciled);
  await CancellationScope.nonCancellable(() =>
    condition(() => pushed() || run.isLeaving, '15 s', { summary: 'for the servers to have the rollback' }),
  );
  const serving = concerned().map(servesInWords).join(', ');
  const served = pushed();
  return { ...reply, served, message: served ? serving : `${serving}, as soon as the model server has it` };
}

autoUpgrading(modelLifecycle);
