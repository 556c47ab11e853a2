import { randomUUID } from 'node:crypto';
import { RequestId } from '../../schemas/index.js';
import { refuse } from './request-refused.js';

/**
 * What the caller names the request, or null. It is logged, indexed and sent back as it stands: a name for which that
 * cannot be is refused, so that no answer names another request than the log.
 */
export function givenRequestId(given: unknown, field: string): string | null {
  if (given === undefined || given === null || given === '') return null;
  const parsed = RequestId.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refuse('invalid_value', `"${field}" ${parsed.error.issues[0]?.message ?? 'is no request id'}.`, field);
}

/** Of an answer that is no prediction: the caller's name where it can be sent back. */
export function requestIdOf(given: unknown): string {
  return RequestId.safeParse(given).data ?? newRequestId();
}

/** Not to be guessed: who knows an id may tell what became of that prediction. */
export function newRequestId(): string {
  return randomUUID();
}

/** A UUID of version 7: when the request came, and 74 bits of chance. */
export function newPredictionId(milliseconds: number): string {
  const time = milliseconds.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
