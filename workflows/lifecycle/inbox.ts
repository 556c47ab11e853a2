import { type CommandReply, canonicalJson, wrongFields } from '../../schemas/index.js';
import type { Context } from './context.js';
import { isHint, type MessageName, whyUnfit } from './message-limits.js';
import { isMessage, rows } from './messages.js';
import { type Refusal, refuse, unchanged } from './replies.js';
import { type LifecycleState, limits, remember } from './state.js';
import { textDigest } from './text-digest.js';

export interface Message {
  readonly name: string;
  readonly body: unknown;
}

/**
 * One message into the state. Total: whatever arrives, it returns a reply and never throws. A message that is wrong,
 * undecodable, duplicate, early or late changes nothing and shows in `status`.
 */
export function receive(state: LifecycleState, { name, body }: Message, ctx: Context): CommandReply {
  state.counts.messages += 1;
  if (isMessage(name)) return receiveKnown(state, { name, body }, ctx);
  const refusal: Refusal = { code: 'InvalidInput', message: `"${name}" is not a message of a lifecycle` };
  return refuse(state, { name, refusal }, ctx);
}

interface Known<K extends MessageName> {
  readonly name: K;
  readonly body: unknown;
}

function receiveKnown<K extends MessageName>(state: LifecycleState, message: Known<K>, ctx: Context): CommandReply {
  const { name } = message;
  const row = rows[name];
  const parsed = row.schema.safeParse(message.body);
  if (!parsed.success) {
    const wrong = wrongFields(parsed.error).slice(0, 5).join('; ');
    return refuse(state, { name, refusal: { code: 'InvalidInput', message: wrong } }, ctx);
  }
  const refusal = whyUnfit(name, parsed.data);
  if (refusal !== null) return refuse(state, { name, refusal }, ctx);
  if (isHint(name)) return row.apply(state, parsed.data, { ...ctx, id: name });
  if (state.retired) return refuse(state, { name, refusal: retired }, ctx);
  const told = row.distinguish?.(state, parsed.data, ctx) ?? null;
  const id = messageId(state, { name, body: parsed.data }, told);
  const key = digestOf(id);
  const seen = name === 'recordOutcomes' ? state.seenOutcomes : state.seen;
  if (seen.includes(key)) return duplicate(state, id);
  const reply = row.apply(state, parsed.data, { ...ctx, id });
  if (reply.accepted) remember(seen, key, limits.seen);
  return reply;
}

const retired: Refusal = { code: 'MODEL_RETIRED', message: 'the model is retired' };

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
 * twice is one effect, and the same words later are new.
 */
function messageId(
  state: LifecycleState,
  { name, body }: { name: MessageName; body: object },
  told: string | null,
): string {
  if ('requestId' in body && typeof body.requestId === 'string') return `${name}:${body.requestId}`;
  const open = state.gates.map((g) => g.gate);
  const generations = state.endpoints.map((e) => e.desired.generation);
  const text = canonicalJson({ name, body, open, generations, newest: state.history.at(-1) ?? null, notNow: told });
  return `${name}:${digestOf(text)}`;
}

const digestOf = (text: string) => textDigest(text).slice(0, 32);
