import { utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, closest, hintSchemas, signalNames, type signalSchemas } from '../../schemas/index.js';
import type { Refusal } from './replies.js';
import { limits } from './state.js';

export type MessageName = keyof typeof signalSchemas | keyof typeof hintSchemas | 'configure';

export const isHint = (name: MessageName): name is keyof typeof hintSchemas => Object.hasOwn(hintSchemas, name);

/** A name that is none of a message, and which was meant; a long one is like none. */
export function whyUnknown(name: string): string {
  const near = name.length > 40 ? null : closest(name, signalNames);
  return `is not a message of a lifecycle${near === null ? '' : `; did you mean "${near}"?`}`;
}

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
  return limits.messageBytes;
}

function canonicalText(body: object): string | null {
  try {
    return canonicalJson(body);
  } catch {
    return null;
  }
}
