import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  type Answer,
  type CommandReply,
  canonicalJson,
  type RecordOutcomes,
  type RetrainSignal,
  type Rollback,
  rolloutSchemas,
  signalSchemas,
  wrongFields,
} from '../schemas/index.js';
import { rollBack, serverMoved } from './lifecycle-endpoint.js';
import { abandonRollout, answerGate, openGate, takeStep } from './lifecycle-gate.js';
import { decideTrigger } from './lifecycle-retrain.js';
import { type LifecycleState, type OwnedEndpoint, accepted, endpointOf, limits, note, refuse, remember } from './lifecycle-state.js';

export interface Message {
  readonly name: string;
  readonly body: unknown;
}

export interface Context {
  readonly workflowId: string;
  readonly now: number;
}

const schemas = { ...signalSchemas, ...rolloutSchemas };

/**
 * One message into the state. Total: whatever arrives, it returns a reply and never throws. A message that is wrong,
 * undecodable, duplicate, early or late changes nothing and shows in `status`.
 */
export function receive(st: LifecycleState, message: Message, ctx: Context): CommandReply {
  st.counts.messages += 1;
  if (!(message.name in schemas)) return refuse(st, ctx.now, message.name, `"${message.name}" is not a message of a lifecycle`);
  const parsed = schemas[message.name as keyof typeof schemas].safeParse(message.body);
  if (!parsed.success) return refuse(st, ctx.now, message.name, wrongFields(parsed.error).slice(0, 5).join('; ').slice(0, 400));
  if (st.retired) return refuse(st, ctx.now, message.name, 'MODEL_RETIRED: the model is retired');
  const id = messageId(st, message.name, parsed.data);
  if (st.seen.includes(id)) return duplicate(st, id);
  const reply = apply(st, message.name as keyof typeof schemas, parsed.data, id, ctx);
  if (reply.accepted) remember(st.seen, id, limits.seen);
  return reply;
}

function duplicate(st: LifecycleState, id: string): CommandReply {
  st.counts.duplicates += 1;
  return accepted('the same message took effect before', id);
}

/** The sender's id, or one derived from the content and what is open now, so that the same click twice is one effect. */
export function messageId(st: LifecycleState, name: string, body: object): string {
  if ('requestId' in body && typeof body.requestId === 'string') return `${name}:${body.requestId}`;
  const open = st.gates.map((g) => g.gate);
  const generations = st.endpoints.map((e) => e.fence.generation);
  const text = canonicalJson({ name, body, open, generations, retrains: st.retrains, paused: st.paused });
  return `${name}:${bytesToHex(sha256(utf8ToBytes(text))).slice(0, 32)}`;
}

function apply(st: LifecycleState, name: keyof typeof schemas, body: unknown, id: string, ctx: Context): CommandReply {
  switch (name) {
    case 'approve':
    case 'reject':
      return answerGate(st, name, body as Answer, id, ctx, ctx.now);
    case 'rollback':
      return applyRollback(st, body as Rollback, id, ctx);
    case 'retrain':
      return decideTrigger(st, body as RetrainSignal, id, ctx);
    case 'recordOutcomes':
      return queueOutcomes(st, body as RecordOutcomes, id, ctx);
    case 'pause':
    case 'resume':
      return setPaused(st, name === 'pause', body as { by: string }, id, ctx);
    case 'retire':
      return retire(st, body as { by: string; reason: string }, id, ctx);
    default:
      return applyRollout(st, name, body, id, ctx);
  }
}

function applyRollout(st: LifecycleState, name: keyof typeof rolloutSchemas, body: unknown, id: string, ctx: Context): CommandReply {
  if (name === 'rolloutRequested') openGate(st, rolloutSchemas.rolloutRequested.parse(body), ctx.now);
  if (name === 'rolloutStep') takeStep(st, rolloutSchemas.rolloutStep.parse(body), ctx.now);
  if (name === 'rolloutAbandoned') abandonRollout(st, rolloutSchemas.rolloutAbandoned.parse(body), ctx.now);
  if (name === 'endpointRolledBack') {
    const moved = rolloutSchemas.endpointRolledBack.parse(body);
    serverMoved(st, endpointOf(st, moved.environment), moved, ctx, ctx.now);
  }
  return accepted(name, id);
}

function applyRollback(st: LifecycleState, command: Rollback, id: string, ctx: Context): CommandReply {
  const endpoint = endpointFor(st, command.environment);
  if (typeof endpoint === 'string') return refuse(st, ctx.now, 'rollback', endpoint, id);
  const decision = rollBack(st, endpoint, command, ctx.now);
  if (decision.kind === 'refused') return refuse(st, ctx.now, 'rollback', `NOTHING_TO_ROLL_BACK: ${decision.message}`, id);
  if (decision.kind === 'noop') note(st, ctx.now, `rollback by ${command.by} changed nothing: ${decision.message}`);
  return accepted(decision.message, id);
}

/** The named endpoint, or the one there is. */
function endpointFor(st: LifecycleState, environment: string | undefined): OwnedEndpoint | string {
  const found = environment === undefined ? st.endpoints : st.endpoints.filter((e) => e.environment === environment);
  const names = st.endpoints.map((e) => e.environment).join(', ') || 'none';
  if (found[0] === undefined) return `NOTHING_TO_ROLL_BACK: no such endpoint; endpoints: ${names}`;
  if (found.length > 1) return `ANSWER_AMBIGUOUS: say which with "environment"; endpoints: ${names}`;
  return found[0];
}

function queueOutcomes(st: LifecycleState, body: RecordOutcomes, id: string, ctx: Context): CommandReply {
  if (st.outcomes.length >= limits.outcomeBatches) return refuse(st, ctx.now, 'recordOutcomes', 'too many outcomes wait to be recorded; send them again later or to POST /v1/outcomes', id);
  st.outcomes.push(body);
  return accepted(`${body.outcomes.length} outcomes`, id);
}

function setPaused(st: LifecycleState, paused: boolean, body: { by: string }, id: string, ctx: Context): CommandReply {
  if (st.paused === paused && st.planProblem === null) return accepted(paused ? 'was paused already' : 'was not paused', id);
  st.paused = paused;
  if (!paused) st.planProblem = null;
  note(st, ctx.now, `${body.by} ${paused ? 'paused' : 'resumed'} it`);
  return accepted(paused ? 'paused' : 'resumed', id);
}

function retire(st: LifecycleState, body: { by: string; reason: string }, id: string, ctx: Context): CommandReply {
  st.retired = { by: body.by, reason: body.reason };
  st.gates = [];
  note(st, ctx.now, `${body.by} retired it: ${body.reason}`);
  return accepted('retired', id);
}
