import { ApplicationFailure } from '@temporalio/common';
import { catalogEntry, type ErrorCode, errorCatalog } from './error-catalog.js';

/**
 * The one way to raise an error that a caller may see. The message says what happened and what to do; the details say
 * which; their `cause`, which callers do not see among them, says why.
 */
export function failure(
  code: ErrorCode,
  message: string,
  { cause, ...details }: Record<string, unknown> = {},
): ApplicationFailure {
  const made = ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !isWaitedFor(code),
    details: [details],
    cause: cause instanceof Error ? cause : undefined,
  });
  if (catalogEntry(code).fault === 'input') made.stack = ''; // who has to mend his input is not helped by our lines
  return made;
}

/** What may be tried only so often is counted by who asked for it; Temporal itself tries without an end, or not at all. */
function isWaitedFor(code: ErrorCode): boolean {
  const { retryable, tries } = catalogEntry(code);
  return retryable && tries === undefined;
}

/** The catalog code of an error, also when it crossed a process or was wrapped by Temporal; null if it has none. */
export function errorCode(error: unknown): ErrorCode | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const type = (e as { type?: unknown }).type;
    if (typeof type === 'string' && type in errorCatalog) return type as ErrorCode;
  }
  return null;
}

/** Whether what was given is wrong in itself. Of an error without a code nobody knows, so nothing is held against the input. */
export function isFaultOfInput(error: unknown): boolean {
  const code = errorCode(error);
  return code !== null && catalogEntry(code).fault === 'input';
}
