import { describe, expect, it } from 'vitest';
import { AnalysisPolicy, DeployInput, type Step, waitInWords } from '../../../schemas/index.js';
import { newWatch } from '../../../statistics/verdicts/candidate-watch.js';
import { type RolloutInput, type RolloutState, rolloutOf } from '../../../workflows/deploy/rollout-state.js';
import { waitOf } from '../../../workflows/deploy/waits.js';

const now = Date.parse('2001-04-18T03:49:00Z');
const digest = '0'.repeat(64);
const version = { version: 2, modelDigest: digest, packageDigest: digest };
const steps: Step[] = [
  { kind: 'share', share: 0.1 },
  { kind: 'analyse', ...AnalysisPolicy.parse({}) },
  { kind: 'bake', duration: '1 day' },
  { kind: 'promote' },
];

function rollingAt(index: number, requests = 0): RolloutState {
  const input = DeployInput.parse({ model: 'm' }) as RolloutInput;
  const state = rolloutOf(input, { found: { version, evidence: [] }, unknown: [], runId: 'r', now });
  const traffic = { version: 2, requests, errors: 0, refused: 0, unanswered: 0 };
  const times = { p50Milliseconds: null, p99Milliseconds: null, p99AtLeastMilliseconds: null };
  const watch = { ...newWatch(now), last: { ...traffic, ...times } };
  return { ...state, steps, index, phase: 'rolling out', watch };
}

describe('what a step waits for', () => {
  it('is so many answers of so many, and when it gives up without them', () => {
    const wait = waitOf(rollingAt(1, 3));
    expect(wait).toEqual({
      what: '3 of 20 answers of version 2',
      until: '2001-04-18T04:49:00.000Z',
      answers: { given: 3, needed: 20 },
    });
    expect(wait && waitInWords(wait, 'm')).toBe(
      "3 of 20 answers of version 2, gives up at 2001-04-18 04:49Z; send some: POST /models/m/invocations (curl lines in the model server's /docs)",
    );
  });

  it('is time alone once there are enough, and while it bakes', () => {
    expect(waitOf(rollingAt(1, 20))).toMatchObject({ until: '2001-04-18T03:50:00.000Z', answers: { given: 20 } });
    const bake = waitOf(rollingAt(2));
    expect(bake && waitInWords(bake, 'm')).toBe('the step "bake", until 2001-04-19 03:49Z');
  });

  it('is nothing where its owner or a person is waited for', () => {
    expect([0, 3].map((index) => waitOf(rollingAt(index)))).toEqual([null, null]);
    expect(waitOf({ ...rollingAt(1), phase: 'paused' })).toBeNull();
  });
});
