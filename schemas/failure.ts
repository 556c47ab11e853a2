import { ApplicationFailure } from '@temporalio/common';
import { type ErrorCode, errorCatalog } from './error-catalog.js';

/**
 * The one way to raise an error that a caller may see. The message says what happened and what to do; the details say
 * which; their `cause`, which callers do not see among them, says why.
 */
export function failure(
  code: ErrorCode,
  message: string,
  { cause, ...details }: Record<string, unknown> = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !errorCatalog[code].retryable,
    details: [details],
    cause: cause instanceof Error ? cause : undefined,
  });
}

/** The catalog code of an error, also when it crossed a process or was wrapped by Temporal; null if it has none. */
export function errorCode(error: unknown): ErrorCode | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const type = (e as { type?: unknown }).type;
    if (typeof type === 'string' && type in errorCatalog) return type as ErrorCode;
  }
  return null;
}
