import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { z } from 'zod';
import {
  type CommandReply,
  Configure,
  hintSchemas,
  type RecordOutcomes,
  type Resume,
  type Retire,
  type Rollback,
  signalSchemas,
} from '../../schemas/index.js';
import type { PipelineStage } from '../pipeline.js';
import { configure } from './configure.js';
import type { Context, Received } from './context.js';
import { answerGate } from './gate.js';
import { measureNow } from './handed-on/bytes.js';
import { retiredFact } from './life.js';
import type { MessageName } from './message-limits.js';
import { accepted, type Refusal, refuse, tellHeld, unchanged } from './replies.js';
import { decideTrigger, whyNotRetrain } from './retrain-policy.js';
import { rollBack, stopRollout } from './rollback.js';
import { resumeRollouts, takeHeldSteps } from './rollout-steps.js';
import { type LifecycleState, limits, note, type OwnedEndpoint } from './state.js';

const schemas = { ...signalSchemas, ...hintSchemas, configure: Configure };

type Bodies = { [K in MessageName]: z.infer<(typeof schemas)[K]> };

export const isMessage = (name: string): name is MessageName => Object.hasOwn(schemas, name);

interface Row<Body> {
  readonly schema: z.ZodType<Body>;
  apply(state: LifecycleState, body: Body, ctx: Received): CommandReply;
  /** what else tells two messages of the same words apart */
  distinguish?(state: LifecycleState, body: Body, ctx: Context): string | null;
}

/** Every message, with its schema and what it does to the state. */
export const rows: { readonly [K in MessageName]: Row<Bodies[K]> } = {
  approve: {
    schema: schemas.approve,
    apply: (state, answer, ctx) => answerGate(state, { decision: 'approve', answer, requestId: ctx.id }, ctx),
  },
  reject: {
    schema: schemas.reject,
    apply: (state, answer, ctx) => answerGate(state, { decision: 'reject', answer, requestId: ctx.id }, ctx),
  },
  rollback: { schema: schemas.rollback, apply: applyRollback },
  pause: { schema: schemas.pause, apply: pause },
  resume: { schema: schemas.resume, apply: resume },
  retrain: {
    schema: schemas.retrain,
    apply: decideTrigger,
    distinguish: (state, trigger, ctx) => whyNotRetrain(state, trigger, ctx.now),
  },
  recordOutcomes: { schema: schemas.recordOutcomes, apply: queueOutcomes },
  retire: { schema: schemas.retire, apply: retire },
  configure: { schema: schemas.configure, apply: configure },
  rolloutAsks: {
    schema: schemas.rolloutAsks,
    apply: (state, hint, ctx) => takeHint(state.looks, hint.workflowId, ctx),
  },
  endpointMoved: {
    schema: schemas.endpointMoved,
    apply: (state, hint, ctx) => takeHint(state.moved, hint.environment, ctx),
  },
  judged: {
    schema: schemas.judged,
    apply: (state, hint, ctx) => takeHint(state.judged, hint.environment, ctx),
  },
};

/** A hint only makes the owner ask: the same one twice is asked once, and of too many the rest comes again by itself. */
function takeHint(asked: string[], about: string, { id }: Received): CommandReply {
  const isFull = asked.length >= limits.looks || measureNow(asked) > limits.hintBytes;
  if (asked.includes(about) || isFull) return unchanged('will be asked', id);
  asked.push(about);
  return accepted('will be asked', id);
}

function applyRollback(state: LifecycleState, command: Rollback, ctx: Received): CommandReply {
  const refused = (refusal: Refusal) => refuse(state, { name: 'rollback', refusal, requestId: ctx.id }, ctx);
  const found = endpointFor(state, command.environment);
  if (found.kind === 'refused') return refused(found.refusal);
  const decision = rollBack(state, found.endpoint, { ...command, now: ctx.now });
  if (decision.kind === 'refused') return refused({ code: 'NOTHING_TO_ROLL_BACK', message: decision.message });
  if (decision.kind === 'rolledBack') return accepted(decision.message, ctx.id);
  note(state, ctx.now, `rollback by ${command.by} changed nothing: ${decision.message}`);
  return unchanged(decision.message, ctx.id);
}

type FoundEndpoint =
  | { readonly kind: 'found'; readonly endpoint: OwnedEndpoint }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The named endpoint, or the one there is. */
function endpointFor({ endpoints }: LifecycleState, environment: string | undefined): FoundEndpoint {
  const found = environment === undefined ? endpoints : endpoints.filter((e) => e.environment === environment);
  const names = endpoints.map((e) => e.environment).join(', ') || 'none';
  const refused = (code: Refusal['code'], message: string): FoundEndpoint => ({
    kind: 'refused',
    refusal: { code, message },
  });
  if (found[0] === undefined) return refused('NOTHING_TO_ROLL_BACK', `no such endpoint; endpoints: ${names}`);
  if (found.length > 1) return refused('ANSWER_AMBIGUOUS', `say which with "environment"; endpoints: ${names}`);
  return { kind: 'found', endpoint: found[0] };
}

function queueOutcomes(state: LifecycleState, body: RecordOutcomes, ctx: Received): CommandReply {
  const { model } = state.spec;
  const stray = body.outcomes.find((outcome) => (outcome.model ?? model) !== model);
  if (stray !== undefined) {
    const message = `an outcome is of "${stray.model}": send it to that model's lifecycle or to POST /v1/outcomes`;
    return refuse(
      state,
      { name: 'recordOutcomes', refusal: { code: 'InvalidInput', message }, requestId: ctx.id },
      ctx,
    );
  }
  const queued = { ...body, model, at: new Date(ctx.now).toISOString() };
  const waiting = utf8ToBytes(JSON.stringify([...state.outcomes, queued])).length;
  if (state.outcomes.length >= limits.outcomeBatches || waiting > limits.outcomeBytes) {
    const message = 'too many outcomes wait to be recorded; send them again later or to POST /v1/outcomes';
    const refusal: Refusal = { code: 'TOO_MUCH_WAITS', message };
    return refuse(state, { name: 'recordOutcomes', refusal, requestId: ctx.id }, ctx);
  }
  state.outcomes.push(queued);
  return accepted(`${body.outcomes.length} outcomes`, ctx.id);
}

function pause(state: LifecycleState, { by }: { by: string }, { id, now }: Received): CommandReply {
  if (state.paused && state.pipelineProblem === null) return unchanged('was paused already', id);
  state.paused = true;
  tellHeld(state);
  note(state, now, `${by} paused it`);
  return accepted('paused', id);
}

/** One that names an environment is about its rollout alone: it never ends a pause of the whole model. */
function resume(state: LifecycleState, body: Resume, { id, now }: Received): CommandReply {
  const isStopped = state.paused || state.pipelineProblem !== null;
  if (!isStopped || body.environment !== undefined) {
    const resumed = resumeRollouts(state, body, now);
    if (resumed.length > 0) return accepted(`resumed ${resumed.join(' and ')}`, id);
    return unchanged(isStopped ? 'the model is stopped; resume it without "environment"' : 'was not paused', id);
  }
  state.paused = false;
  takeHeldSteps(state, now);
  if (state.pipelineProblem !== null) state.pipeline = pipelineAgain(state.pipeline);
  state.pipelineProblem = null;
  note(state, now, `${body.by} resumed it`);
  return accepted('resumed', id);
}

/** Data that was mended is collected again; where it is the same, it is the same version and nothing is done twice. */
const pipelineAgain = (at: PipelineStage | null) => (at === 'label' || at === 'train' ? 'collect' : at);

function retire(
  state: LifecycleState,
  { by, reason, force = false }: Retire,
  { id, now, ...ctx }: Received,
): CommandReply {
  if (state.retired === null) state.factsToRecord.push(retiredFact(state, { by, reason, id }, { ...ctx, now }));
  state.retired = { by, reason, force };
  for (const endpoint of state.endpoints) stopRollout(state, endpoint, { by, reason, serving: null, now });
  note(state, now, `${by} retired it: ${reason}`);
  return accepted('retired', id);
}
