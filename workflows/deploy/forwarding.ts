import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../../schemas/canonical-json.js';
import type { DeployStatus } from '../../schemas/deploy.js';
import type { EndpointName } from '../../schemas/endpoint.js';
import { wrongFields } from '../../schemas/input.js';
import { type SignalName, signalSchemas } from '../../schemas/messages.js';
import { whyUnfit } from '../lifecycle/message-limits.js';
import { shorten } from '../lifecycle/state.js';
import { textDigest } from '../lifecycle/text-digest.js';

/*
 * Pure decisions about the messages that a deployment hands on to its owner: how many may wait, and in which order.
 */

interface Waiting {
  readonly name: SignalName;
  readonly body: object;
  readonly digest: string;
  readonly bytes: number;
}

/** Plain JSON, carried when the deployment continues as new. */
export interface ForwardingState {
  waiting: Waiting[];
  refused: number;
  newestRefusal: string | null;
}

export const nothingToForward = (): ForwardingState => ({ waiting: [], refused: 0, newestRefusal: null });

/** Of each name, so that a flood of one kind leaves room for the others. All together stay far below what can be carried on. */
const most = { messages: 20, bytes: 16 * 1024 };
/** Updates that wait for the owner's answer at once: each holds a slot of the urgent queue. */
export const mostUpdates = 4;

/** Takes a message in, or refuses it. A message that is waiting already is the same message. */
export function take(state: ForwardingState, name: SignalName, body: unknown): void {
  const parsed = signalSchemas[name].safeParse(body);
  if (!parsed.success) return refuseForwarding(state, name, wrongFields(parsed.error).slice(0, 5).join('; '));
  const unfit = whyUnfit(name, parsed.data);
  if (unfit !== null) return refuseForwarding(state, name, unfit.message);
  const text = canonicalJson({ name, body: parsed.data });
  const message = { name, body: parsed.data, digest: textDigest(text), bytes: utf8ToBytes(text).length };
  if (state.waiting.some(({ digest }) => digest === message.digest)) return;
  if (!hasRoom(state, message)) return refuseForwarding(state, name, 'too much waits to be handed on to the owner');
  state.waiting.push(message);
}

/** One may be as large as a message may be; several share their room. */
function hasRoom({ waiting }: ForwardingState, { name, bytes }: Waiting): boolean {
  const same = waiting.filter((w) => w.name === name);
  if (same.length === 0) return true;
  return same.length < most.messages && same.reduce((sum, w) => sum + w.bytes, bytes) <= most.bytes;
}

const isRollback = ({ name }: Waiting) => name === 'rollback';

/** Rollbacks go first. */
export const next = ({ waiting }: ForwardingState): Waiting | null => waiting.find(isRollback) ?? waiting[0] ?? null;

export function sent(state: ForwardingState, message: Waiting): void {
  state.waiting = state.waiting.filter((w) => w !== message);
}

export function refuseForwarding(state: ForwardingState, name: string, reason: string): void {
  state.refused += 1;
  state.newestRefusal = shorten(`${name}: ${reason}`);
}

export const statusOfForwarding = (state: ForwardingState): DeployStatus['messages'] => ({
  waiting: state.waiting.length,
  refused: state.refused,
  newestRefusal: state.newestRefusal,
});

const aboutAnEndpoint = ['approve', 'reject', 'decide', 'rollback', 'resume'];

/** Who answers a deployment means its endpoint, also where the model has others. */
export function addressed(name: string, body: unknown, { environment }: EndpointName): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject && aboutAnEndpoint.includes(name) ? { environment, ...body } : body;
}
