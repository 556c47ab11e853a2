import { describe, expect, it } from 'vitest';
import { failingInWords, failingOf, type RunningWorkflow } from '../../../scripts/cli/failing-work.js';

const lastFailure = {
  message: 'Activity task failed',
  cause: {
    message: 'Postgres did not answer: gone\n  at line 2',
    applicationFailureInfo: { type: 'LEDGER_UNAVAILABLE' },
  },
};
const failingWith = (activity: object) =>
  failingOf({
    workflowId: 'package/m',
    raw: { pendingActivities: [{ activityId: '7', activityType: { name: 'packageRun' }, ...activity }] },
  } as unknown as RunningWorkflow);

describe('an activity that is tried again', () => {
  it('is told by what went wrong at the bottom: its code, the first line, how often', () => {
    const [found, ...more] = failingWith({ attempt: 8, lastFailure });
    expect(more).toEqual([]);
    expect(found).toEqual({
      workflowId: 'package/m',
      activityId: '7',
      activity: 'packageRun',
      failures: 7,
      code: 'LEDGER_UNAVAILABLE',
      why: 'Postgres did not answer: gone',
    });
  });

  it('has failed once while its first failure stands, and not at all without one', () => {
    expect(failingWith({ attempt: 2, lastFailure })).toMatchObject([{ failures: 1 }]);
    expect(failingWith({ attempt: 1 })).toEqual([]);
    expect(failingWith({ attempt: 5, lastFailure: { message: '' } })).toMatchObject([{ code: null, why: 'it failed' }]);
  });

  it('is told in one line', () => {
    const [found] = failingWith({ attempt: 8, lastFailure });
    if (found === undefined) throw new Error('not found');
    expect(failingInWords({ ...found, since: '2024-01-01T11:59:20.000Z' })).toBe(
      'package/m: packageRun failed 7 times since 2024-01-01T11:59:20Z: LEDGER_UNAVAILABLE: Postgres did not answer: gone',
    );
    expect(failingInWords({ ...found, code: null, failures: 1, since: null })).toBe(
      'package/m: packageRun failed once: Postgres did not answer: gone',
    );
  });
});
