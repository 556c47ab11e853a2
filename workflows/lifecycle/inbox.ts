import { utf8ToBytes } from '@noble/hashes/utils.js';
import {
  type Answer,
  type CommandReply,
  canonicalJson,
  type RecordOutcomes,
  type Resume,
  type RetrainSignal,
  type Rollback,
  rolloutSchemas,
  signalSchemas,
  wrongFields,
} from '../../schemas/index.js';
import type { PipelineStage } from '../pipeline.js';
import type { Context } from './context.js';
import { answerGate, openGate } from './gate.js';
import { isRollout, type MessageName, textOf, whyUnfit } from './message-limits.js';
import { accepted, answerRun, refuse, unchanged } from './replies.js';
import { decideTrigger, whyNotRetrain } from './retrain-policy.js';
import { rollBack, serverMoved, stopRollout } from './rollback.js';
import { abandonRollout, resumeRollouts, takeStep } from './rollout-steps.js';
import { endpointOrNone, type LifecycleState, limits, note, type OwnedEndpoint, remember, shorten } from './state.js';
import { textDigest } from './text-digest.js';

export interface Message {
  readonly name: string;
  readonly body: unknown;
}

const schemas = { ...signalSchemas, ...rolloutSchemas };

const isMessage = (name: string): name is MessageName => Object.hasOwn(schemas, name);

/**
 * One message into the state. Total: whatever arrives, it returns a reply and never throws. A message that is wrong,
 * undecodable, duplicate, early or late changes nothing and shows in `status`.
 */
export function receive(state: LifecycleState, { name, body }: Message, ctx: Context): CommandReply {
  state.counts.messages += 1;
  if (!isMessage(name)) return refuse(state, ctx.now, name, `"${name}" is not a message of a lifecycle`);
  const parsed = schemas[name].safeParse(body);
  const wrong = parsed.success ? whyUnfit(name, parsed.data) : wrongFields(parsed.error).slice(0, 5).join('; ');
  if (!parsed.success || wrong !== null) return refuseBody(state, ctx.now, { name, body }, wrong ?? '');
  if (state.retired && !isRollout(name)) return refuse(state, ctx.now, name, 'MODEL_RETIRED: the model is retired');
  const id = messageId(state, name, parsed.data, ctx);
  const key = digestOf(id);
  const seen = name === 'recordOutcomes' ? state.seenOutcomes : state.seen;
  if (seen.includes(key)) return duplicate(state, id);
  const reply = apply(state, name, parsed.data, id, ctx);
  if (reply.accepted) remember(seen, key, limits.seen);
  return reply;
}

/** A rollout that asks wrongly is told: it would wait for its gate in vain. */
function refuseBody(state: LifecycleState, now: number, { name, body }: Message, reason: string): CommandReply {
  const [workflowId, runId] = [textOf(body, 'workflowId'), textOf(body, 'runId')];
  if (name === 'rolloutRequested' && workflowId !== '' && runId !== '')
    answerRun(state, { workflowId, runId }, { kind: 'refused', reason: shorten(reason), serving: null });
  return refuse(state, now, name, reason);
}

function duplicate(state: LifecycleState, id: string): CommandReply {
  state.counts.duplicates += 1;
  return unchanged('the same message took effect before', id);
}

/** Whether this message, by its requestId, took effect before. */
export function wasSeen(state: LifecycleState, name: string, body: { requestId?: string | undefined }): boolean {
  return body.requestId !== undefined && state.seen.includes(digestOf(`${name}:${body.requestId}`));
}

/**
 * The sender's id, or one derived from the content and from what is open and happened last, so that the same click
 * twice is one effect, and the same words later are new. What a rollout asks names its run and is asked once.
 */
function messageId(state: LifecycleState, name: MessageName, body: object, ctx: Context): string {
  if ('requestId' in body && typeof body.requestId === 'string') return `${name}:${body.requestId}`;
  if (isRollout(name)) return `${name}:${digestOf(canonicalJson(body))}`;
  const open = state.gates.map((g) => g.gate);
  const generations = state.endpoints.map((e) => e.desired.generation);
  const notNow = name === 'retrain' ? whyNotRetrain(state, body as RetrainSignal, ctx.now) : null;
  const text = canonicalJson({ name, body, open, generations, newest: state.history.at(-1) ?? null, notNow });
  return `${name}:${digestOf(text)}`;
}

const digestOf = (text: string) => textDigest(text).slice(0, 32);

function apply(state: LifecycleState, name: MessageName, body: unknown, id: string, ctx: Context): CommandReply {
  switch (name) {
    case 'approve':
    case 'reject':
      return answerGate(state, name, body as Answer, id, ctx, ctx.now);
    case 'rollback':
      return applyRollback(state, body as Rollback, id, ctx);
    case 'retrain':
      return decideTrigger(state, body as RetrainSignal, id, ctx);
    case 'recordOutcomes':
      return queueOutcomes(state, body as RecordOutcomes, id, ctx);
    case 'pause':
    case 'resume':
      return setPaused(state, name === 'pause', body as Resume, id, ctx);
    case 'retire':
      return retire(state, body as { by: string; reason: string }, id, ctx);
    case 'rolloutRequested':
    case 'rolloutStep':
    case 'rolloutAbandoned':
    case 'endpointRolledBack':
      return applyRollout(state, name, body, id, ctx);
  }
}

function applyRollout(
  state: LifecycleState,
  name: keyof typeof rolloutSchemas,
  body: unknown,
  id: string,
  ctx: Context,
): CommandReply {
  if (name === 'rolloutRequested') openGate(state, rolloutSchemas.rolloutRequested.parse(body), ctx.now);
  if (name === 'rolloutStep') takeStep(state, rolloutSchemas.rolloutStep.parse(body), ctx.now);
  if (name === 'rolloutAbandoned') abandonRollout(state, rolloutSchemas.rolloutAbandoned.parse(body), ctx.now);
  if (name === 'endpointRolledBack') {
    const moved = rolloutSchemas.endpointRolledBack.parse(body);
    const endpoint = endpointOrNone(state, moved.environment);
    if (endpoint === null) return refuse(state, ctx.now, name, 'there are too many endpoints already', id);
    serverMoved(state, endpoint, { ...moved, ctx });
  }
  return accepted(name, id);
}

function applyRollback(state: LifecycleState, command: Rollback, id: string, ctx: Context): CommandReply {
  const endpoint = endpointFor(state, command.environment);
  if (typeof endpoint === 'string') return refuse(state, ctx.now, 'rollback', endpoint, id);
  const decision = rollBack(state, endpoint, { ...command, now: ctx.now });
  if (decision.kind === 'refused')
    return refuse(state, ctx.now, 'rollback', `NOTHING_TO_ROLL_BACK: ${decision.message}`, id);
  if (decision.kind === 'rolledBack') return accepted(decision.message, id);
  note(state, ctx.now, `rollback by ${command.by} changed nothing: ${decision.message}`);
  return unchanged(decision.message, id);
}

/** The named endpoint, or the one there is. */
function endpointFor(state: LifecycleState, environment: string | undefined): OwnedEndpoint | string {
  const found =
    environment === undefined ? state.endpoints : state.endpoints.filter((e) => e.environment === environment);
  const names = state.endpoints.map((e) => e.environment).join(', ') || 'none';
  if (found[0] === undefined) return `NOTHING_TO_ROLL_BACK: no such endpoint; endpoints: ${names}`;
  if (found.length > 1) return `ANSWER_AMBIGUOUS: say which with "environment"; endpoints: ${names}`;
  return found[0];
}

function queueOutcomes(state: LifecycleState, body: RecordOutcomes, id: string, ctx: Context): CommandReply {
  const waiting = utf8ToBytes(JSON.stringify([...state.outcomes, body])).length;
  if (state.outcomes.length >= limits.outcomeBatches || waiting > limits.outcomeBytes) {
    const why = 'too many outcomes wait to be recorded; send them again later or to POST /v1/outcomes';
    return refuse(state, ctx.now, 'recordOutcomes', why, id);
  }
  state.outcomes.push(body);
  return accepted(`${body.outcomes.length} outcomes`, id);
}

function setPaused(state: LifecycleState, paused: boolean, body: Resume, id: string, ctx: Context): CommandReply {
  if (state.paused === paused && state.pipelineProblem === null) {
    const resumed = paused ? [] : resumeRollouts(state, body, ctx.now);
    if (resumed.length > 0) return accepted(`resumed ${resumed.join(' and ')}`, id);
    return unchanged(paused ? 'was paused already' : 'was not paused', id);
  }
  state.paused = paused;
  if (!paused && state.pipelineProblem !== null) {
    state.pipelineProblem = null;
    state.pipeline = pipelineAgain(state.pipeline);
  }
  note(state, ctx.now, `${body.by} ${paused ? 'paused' : 'resumed'} it`);
  return accepted(paused ? 'paused' : 'resumed', id);
}

/** Data that was mended is collected again; where it is the same, it is the same version and nothing is done twice. */
const pipelineAgain = (at: PipelineStage | null) => (at === 'label' || at === 'train' ? 'collect' : at);

function retire(state: LifecycleState, body: { by: string; reason: string }, id: string, ctx: Context): CommandReply {
  state.retired = { by: body.by, reason: body.reason };
  for (const endpoint of state.endpoints) stopRollout(state, endpoint, { ...body, serving: null, now: ctx.now });
  note(state, ctx.now, `${body.by} retired it: ${body.reason}`);
  return accepted('retired', id);
}
