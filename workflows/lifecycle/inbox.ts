import { type CommandReply, canonicalJson, wrongFields } from '../../schemas/index.js';
import type { Context } from './context.js';
import { bytesOf } from './handed-on/bytes.js';
import { whyNoRoom } from './handed-on/load.js';
import { isHint, type MessageName, whyUnfit, whyUnknown } from './message-limits.js';
import { isMessage, rows } from './messages.js';
import { type Refusal, refuse, unchanged } from './replies.js';
import { type LifecycleState, limits, remember, type Seen } from './state.js';
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
  const refusal: Refusal = { code: 'InvalidInput', message: whyUnknown(name) };
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
  if (state.retired && !isForced(name, parsed.data)) return refuse(state, { name, refusal: retired }, ctx);
  const told = row.distinguish?.(state, parsed.data, ctx) ?? null;
  const id = messageId(state, { name, body: parsed.data }, told);
  const key = keyOf(id);
  if (tookEffect(state, key, { name, body: parsed.data })) return duplicate(state, id);
  const noRoom = whyNoRoom(state, name, bytesOf(parsed.data));
  if (noRoom !== null) return refuse(state, { name, refusal: noRoom, requestId: id }, ctx);
  const reply = row.apply(state, parsed.data, { ...ctx, id });
  const kind = kindOf(name, reply);
  if (reply.accepted) remember(state.seen[kind], key, limits.seen[kind]);
  return reply;
}

const isSeen = ({ seen }: LifecycleState, key: string) => Object.values(seen).some((ids) => ids.includes(key));

/** An outcome that was corrected may be corrected back: the same words are the same message only one after the other. */
function tookEffect(state: LifecycleState, key: string, { name, body }: Known<MessageName>): boolean {
  const isCorrection = name === 'recordOutcomes' && !Object.hasOwn(body as object, 'requestId');
  return isCorrection ? state.seen.outcomes.at(-1) === key : isSeen(state, key);
}

/** Where the id of an accepted message is remembered. */
function kindOf(name: MessageName, { changed }: CommandReply): keyof Seen {
  if (name === 'recordOutcomes') return 'outcomes';
  if (!['approve', 'reject', 'rollback', 'configure'].includes(name)) return 'others';
  return changed ? 'decided' : 'unchanged';
}

/** A model that is about to be retired, and waits for a server, may be told not to. */
const isForced = (name: MessageName, body: object) => name === 'retire' && 'force' in body && body.force === true;

const retired: Refusal = { code: 'MODEL_RETIRED', message: 'the model is retired' };

function duplicate(state: LifecycleState, id: string): CommandReply {
  state.counts.duplicates += 1;
  return unchanged('the same message took effect before', id);
}

/** Whether this message, by its requestId, took effect before. */
export function wasSeen(state: LifecycleState, name: string, body: { requestId?: string | undefined }): boolean {
  return body.requestId !== undefined && isSeen(state, keyOf(`${name}:${body.requestId}`));
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
/** What is remembered of an id: short, because there are many. */
const keyOf = (id: string) => textDigest(id).slice(0, 20);
