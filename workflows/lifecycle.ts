import { utf8ToBytes } from '@noble/hashes/utils.js';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { failure } from '../schemas/failure.js';
import { parseInput } from '../schemas/input.js';
import type { LifecycleResult } from '../schemas/lifecycle.js';
import { type CommandReply, Decide, Rollback, signalNames } from '../schemas/messages.js';
import { registry } from '../schemas/registry.js';
import { hintSchemas } from '../schemas/rollout.js';
import { MlNeedsApproval, MlStage } from '../schemas/search-attributes.js';
import type { Context } from './lifecycle/context.js';
import { lifecycleCard, stageOf, statusOf } from './lifecycle/display.js';
import { isFleetRecorded } from './lifecycle/fleet.js';
import { findGate } from './lifecycle/gate.js';
import { receive, wasSeen } from './lifecycle/inbox.js';
import { reconcile } from './lifecycle/reconcile/loops.js';
import { servesInWords } from './lifecycle/rollback.js';
import { newsOf } from './lifecycle/rollout-looks.js';
import { initialState, isReconciled, isSettled, type LifecycleState } from './lifecycle/state.js';
import { run } from './temporal/activity-options.js';
import { onlyCancelled } from './temporal/cancelled.js';
import * as messages from './temporal/messages.js';
import { inputOf, ownId, show, showStage } from './temporal/stage.js';
import { autoUpgrading } from './temporal/versioning.js';

/**
 * A run hands over to the next after this many messages, long before Temporal's own limits. Messages that arrive in the
 * task that hands over make Temporal do that task again, from the run's whole history: a short one is soon done again,
 * before a flood can bring new ones.
 */
const messagesPerRun = 500;
/** Bytes of a lifecycle's own input. */
const inputLimit = 32 * 1024;

/**
 * One model's whole life. Handlers put messages into the state; the reconcile loops do what the state asks for (push routes,
 * record facts, run stages); everything is in the state, so that the workflow can continue as new at any moment.
 */
export async function modelLifecycle(raw: unknown, carried?: LifecycleState): Promise<LifecycleResult> {
  const spec = inputOf('modelLifecycle', raw);
  refuseLarge(raw);
  const state = carried ? { ...carried, spec } : initialState(spec);
  const current: Run = { isLeaving: false };
  listen(state, current);
  showStage('lifecycle', { model: spec.model, environment: spec.environment });
  const policy = await run('approvalPolicy', undefined, 'must answers be signed here?');
  state.signaturesRequired = policy.signaturesRequired;
  return live(state, raw, current);
}

/** The input is carried from run to run beside the state: together they must fit into a payload. */
function refuseLarge(raw: unknown): void {
  const size = utf8ToBytes(JSON.stringify(raw)).length;
  if (size <= inputLimit) return;
  throw failure(
    'InvalidInput',
    `modelLifecycle got an input of ${size} bytes; at most ${inputLimit} are allowed. Shorten its recipes.`,
    { size },
  );
}

const context = (): Context => ({ workflowId: ownId(), now: Date.now() });

/** What handlers see of the run they are in. */
interface Run {
  /** the next run goes on: nothing waits here any longer */
  isLeaving: boolean;
}

/** Lives until the model is retired, or until this run has grown large and the next takes over. */
async function live(state: LifecycleState, raw: unknown, run: Run): Promise<LifecycleResult> {
  const startedWith = state.counts.messages;
  const isLarge = () => workflowInfo().continueAsNewSuggested || state.counts.messages - startedWith >= messagesPerRun;
  const isEmpty = () =>
    state.schedules === 'none' && state.endpoints.every((e) => e.isObserved && e.routes.current === null);
  const isTold = () => isFleetRecorded(state, ownId()) || state.problems['fleet'] !== undefined;
  const isOver = () => state.retired !== null && isEmpty() && isSettled(state) && state.running === null && isTold();
  const scope = new CancellationScope();
  const working = scope.run(() => reconcile(state, context)).catch(onlyCancelled);
  const display = scope.run(() => keepShown(state)).catch(onlyCancelled);
  await Promise.race([condition(() => isOver() || isLarge()), working]);
  run.isLeaving = true;
  await Promise.race([condition(allHandlersFinished), working]);
  scope.cancel();
  await Promise.all([working, display]);
  await condition(allHandlersFinished);
  if (state.retired !== null && isOver())
    return { model: state.spec.model, retiredBy: state.retired.by, reason: state.retired.reason };
  return continueAsNew<typeof modelLifecycle>(raw, state);
}

/** The live card and the search attributes follow the state. */
async function keepShown(state: LifecycleState): Promise<void> {
  let shown = '';
  let attributes = '';
  for (;;) {
    const card = lifecycleCard(state);
    if (card.join('\n') !== shown) show(...card);
    shown = card.join('\n');
    const facts = { stage: stageOf(state), needsApproval: state.gates.length > 0 };
    if (JSON.stringify(facts) !== attributes) {
      upsertSearchAttributes([
        { key: MlStage, value: facts.stage },
        { key: MlNeedsApproval, value: facts.needsApproval },
      ]);
    }
    attributes = JSON.stringify(facts);
    const before = shownParts(state);
    await condition(() => shownParts(state).some((part, i) => part !== before[i]));
  }
}

/** What the card is made of, cheap to compare: it is asked after each of thousands of messages in one task. */
function shownParts(state: LifecycleState): unknown[] {
  const ofEndpoints = state.endpoints.flatMap((e) => [e.desired, e.observed, e.routes, e.rollout]);
  const { gates, pipelineProblem, problems, pipeline, paused, retired, running, history, counts } = state;
  return [
    gates,
    gates.length,
    pipelineProblem,
    Object.values(problems).join(),
    pipeline,
    paused,
    retired,
    running,
    history.at(-1),
    counts.refused,
    ...ofEndpoints,
  ];
}

function listen(state: LifecycleState, run: Run): void {
  const take = (name: string, body: unknown): CommandReply => receive(state, { name, body }, context());
  for (const name of signalNames) setHandler(messages[name], (body) => void take(name, body));
  for (const name of Object.keys(hintSchemas))
    setHandler(defineSignal<[unknown]>(name), (body) => void take(name, body));
  setHandler(messages.status, () => statusOf(state), { description: 'Where the model stands, and what it waits for' });
  const decide = (body: unknown) => {
    const { decision, ...answer } = Decide.parse(body);
    return take(decision, answer);
  };
  setHandler(messages.rolloutNews, (body) => newsOf(state, body), { description: 'What a rollout was told' });
  setHandler(messages.decide, decide, {
    validator: (body) => validateDecision(body, state),
    description: 'Approve or reject what waits at a gate, with an answer',
  });
  setHandler(messages.rollbackUpdate, (body) => rollBackAndWait(state, take('rollback', body), { body, run }), {
    validator: (body) => void parseInput(registry.rollback, body, 'rollback'),
    description: 'Return an endpoint to its previous version, with an answer',
  });
}

function validateDecision(body: unknown, state: LifecycleState): void {
  const { decision, ...answer } = parseInput(registry.decide, body, 'decide');
  if (wasSeen(state, decision, answer)) return;
  const found = findGate(state, answer);
  if (found.kind === 'refused') throw failure(found.refusal.code, found.refusal.message);
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
  await condition(() => pushed() || run.isLeaving, '15 s');
  const serving = concerned().map(servesInWords).join(', ');
  const served = pushed();
  return { ...reply, served, message: served ? serving : `${serving}, as soon as the model server has it` };
}

autoUpgrading(modelLifecycle);
