import { CompleteAsyncError } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { errorCode, failure } from '../../schemas/index.js';
import { systemFailure } from './system-errors.js';

/**
 * Every error that leaves an activity has a code of the catalog, which says what becomes of it: nothing is tried again
 * without an end only because nobody had thought of it.
 */
export const codedErrorsInterceptor: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw codedError(error);
      }
    },
  },
});

/** The error itself where it has a code, is one of Temporal's own, or says that the activity was cancelled. */
export function codedError(error: unknown): unknown {
  const isKnown = errorCode(error) !== null || error instanceof TemporalFailure || error instanceof CompleteAsyncError;
  if (isKnown || isAbort(error)) return error;
  if (isTemporalAway(error))
    return failure('TEMPORAL_UNAVAILABLE', `Temporal did not answer: ${textOf(error)}`, { cause: error });
  return systemFailure(error) ?? failure('UNEXPECTED', `${nameOf(error)}: ${textOf(error)}`, { cause: error });
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';

/** What gRPC calls wrong in the request itself; everything else may pass. */
const wrongRequest: ReadonlySet<number> = new Set([3, 5, 6, 11, 12]);

function isTemporalAway(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if (isGrpcServiceError(e)) return !wrongRequest.has(e.code);
  return false;
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);
