import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, rolloutSchemas, type signalSchemas } from '../../schemas/index.js';
import type { Refusal } from './replies.js';
import { limits, shorten } from './state.js';

export type MessageName = keyof typeof signalSchemas | keyof typeof rolloutSchemas | 'configure';

export const isRollout = (name: MessageName) => Object.hasOwn(rolloutSchemas, name);

/** A body that could not be stored: it would block the ledger, or make the state too large to hand on. */
export function whyUnfit(name: MessageName, body: object): Refusal | null {
  const text = canonicalText(body);
  if (text === null || /(^|[^\\])(\\\\)*\\u0000/.test(text))
    return { code: 'InvalidInput', message: 'it holds a text that is not valid Unicode, or a NUL' };
  const sizeBytes = utf8ToBytes(text).length;
  const limit = limitOf(name);
  if (sizeBytes <= limit) return null;
  return { code: 'PAYLOAD_TOO_LARGE', message: `it has ${sizeBytes} bytes, the limit is ${limit}: send less at once` };
}

function limitOf(name: MessageName): number {
  if (name === 'recordOutcomes') return limits.outcomeBytes;
  if (name === 'configure') return limits.configureBytes;
  return isRollout(name) ? limits.rolloutBytes : limits.messageBytes;
}

function canonicalText(body: object): string | null {
  try {
    return canonicalJson(body);
  } catch {
    return null;
  }
}

/** A text of a body that is not what its schema says; empty where there is none. */
export function textOf(body: unknown, field: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  return typeof value === 'string' ? shorten(value, 300) : '';
}
