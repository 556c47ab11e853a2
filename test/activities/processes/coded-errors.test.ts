import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { codedError } from '../../../activities/processes/coded-errors.js';
import { errorCode, failure } from '../../../schemas/index.js';

const withCode = (message: string, code: string | number, cause?: Error) =>
  Object.assign(new Error(message, { cause }), { code });
const grpc = (code: number) =>
  Object.assign(withCode('14 UNAVAILABLE: no connection', code), { details: '', metadata: {} });

describe('an error that leaves an activity', () => {
  it.each([
    ['a disk that is full', withCode('ENOSPC: no space left on device, write', 'ENOSPC'), 'SYSTEM_UNAVAILABLE'],
    [
      'a refused connection',
      new TypeError('fetch failed', { cause: withCode('connect ECONNREFUSED', 'ECONNREFUSED') }),
      'SYSTEM_UNAVAILABLE',
    ],
    ['an expired certificate', withCode('certificate has expired', 'CERT_HAS_EXPIRED'), 'SYSTEM_UNAVAILABLE'],
    ['a revoked right', withCode('EACCES: permission denied, open', 'EACCES'), 'SYSTEM_UNAVAILABLE'],
    ['a Temporal that is away', new Error('Failed to start', { cause: grpc(14) }), 'TEMPORAL_UNAVAILABLE'],
    ['a question that Temporal does not understand', new Error('Failed to start', { cause: grpc(3) }), 'UNEXPECTED'],
    ['a mistake of ours', new TypeError('x is not a function'), 'UNEXPECTED'],
    ['a file that is not there', withCode('ENOENT: no such file', 'ENOENT'), 'UNEXPECTED'],
    ['no error at all', 'a text', 'UNEXPECTED'],
  ])('has a code: %s', (_, error, code) => {
    expect(errorCode(codedError(error))).toBe(code);
  });

  it('stays as it is where it has a code, or says that the activity was cancelled', () => {
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    for (const error of [failure('SQL_FAILED', 'no'), new CancelledFailure('cancelled'), aborted])
      expect(codedError(error)).toBe(error);
  });

  it('is tried again without an end by Temporal only where it is waited for', () => {
    expect(failure('LEDGER_UNAVAILABLE', '').nonRetryable).toBe(false);
    expect(failure('CONFIGURATION_INVALID', '').nonRetryable).toBe(false);
    expect(failure('CHILD_KILLED', '').nonRetryable).toBe(true);
    expect(failure('UNEXPECTED', '').nonRetryable).toBe(true);
    expect(failure('InvalidInput', '').nonRetryable).toBe(true);
  });
});
