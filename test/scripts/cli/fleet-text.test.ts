import { describe, expect, it, vi } from 'vitest';
import { isFresh } from '../../../activities/owner/pollers.js';
import type { FleetLine } from '../../../activities/stores/fleet.js';
import { fleetText } from '../../../scripts/cli/fleet-text.js';

import { shown } from '../../../scripts/verbs/status.js';

const line = (model: string, stage: string): FleetLine => ({
  model,
  environment: 'production',
  version: 1,
  verdict: null,
  verdictSince: null,
  quality: null,
  predictions: null,
  dataUntil: null,
  waitsFor: null,
  waitsSince: null,
  owner: `lifecycle/${model}`,
  stage,
  paused: false,
  problem: null,
  ageSeconds: 5,
});
const told = [line('a', 'serving'), line('b', 'retired'), line('c', 'serving')];
const seen = { running: new Set(['lifecycle/a']), isPolled: true };
const models = (fleet: ReturnType<typeof shown>) => fleet.lines.map(({ model }) => model);

describe('the list of every lifecycle', () => {
  it('leaves out the retired ones unless all are asked for, and keeps those that were ended by force', () => {
    const usual = shown({ told, seen, withRetired: false });
    expect(models(usual)).toEqual(['a', 'c']);
    expect(fleetText(usual)).toMatch(/^c +does not run, was serving [^]*^Retired and not shown: 1\. /m);
    const whole = shown({ told, seen, withRetired: true });
    expect(models(whole)).toEqual(['a', 'b', 'c']);
    expect(fleetText(whole)).not.toContain('not shown');
  });

  it('says how what serves does: verdict, since when, main metric, requests, age of data', () => {
    const health = {
      verdict: 'decayed',
      verdictSince: '2001-04-02T00:00:00.000Z',
      quality: { logLoss: 0.5, rocAuc: 0.7123 },
      predictions: 1100,
      dataUntil: '2001-04-19T00:00:00.000Z',
    };
    const text = fleetText(shown({ told: [{ ...line('a', 'serving'), ...health }], seen, withRetired: false }));
    expect(text).toContain('1       decayed since 2001-04-02, ROC AUC 0.712, 1100 requests, data to 2001-04-19');
    const number = { ...health, verdict: 'healthy', quality: { rmse: 2.5, mae: 1 }, predictions: null };
    const other = fleetText(shown({ told: [{ ...line('a', 'serving'), ...number }], seen, withRetired: false }));
    expect(other).toContain('healthy since 2001-04-02, RMSE 2.500, data to 2001-04-19');
  });

  it('shows a model that was retired and runs again', () => {
    const again = { ...seen, running: new Set(['lifecycle/b']) };
    expect(models(shown({ told, seen: again, withRetired: false }))).toEqual(['a', 'b', 'c']);
  });

  it('shows what runs where Postgres is away, and says so', () => {
    const text = fleetText(shown({ told: null, seen, withRetired: false }));
    expect(text).toMatch(/^a +unknown [^]*^Postgres does not answer: /m);
    const nothing = fleetText(shown({ told: null, seen: { ...seen, running: new Set() }, withRetired: false }));
    expect(nothing).toMatch(/^No lifecycle runs\.\n\nPostgres does not answer: /);
  });

  it('names the queue of its own prefix', () => {
    vi.stubEnv('MLOPS_TASK_QUEUE_PREFIX', 'team-');
    const text = fleetText(shown({ told, seen: { ...seen, isPolled: false }, withRetired: false }));
    vi.unstubAllEnvs();
    expect(text).toContain('no worker polls team-mlops: ');
  });

  it('says that no worker answers, and claims nothing where Temporal is away', () => {
    const none = { ...seen, isPolled: false };
    expect(fleetText(shown({ told, seen: none, withRetired: false }))).toContain(
      'no worker polls mlops: what is shown is what was last told; see temporal-mlops doctor',
    );
    const part = { ...seen, unpolled: ['mlops-compute'] };
    expect(fleetText(shown({ told, seen: part, withRetired: false }))).toContain(
      'nobody asks for work on mlops-compute: what is on it waits; see temporal-mlops doctor',
    );
    const away = fleetText(shown({ told, seen: null, withRetired: false }));
    expect(away).not.toContain('no worker');
    expect(away).toContain('Temporal did not answer');
  });
});

describe('a worker that polls', () => {
  const poller = (seconds: number) => ({ lastAccessTime: { seconds: { toNumber: () => seconds } } });
  it('asked within the last minute and a half', () => {
    expect(isFresh([poller(100), poller(915)], 1_000_000)).toBe(true);
    expect(isFresh([poller(905)], 1_000_000)).toBe(false);
    expect(isFresh([], 1_000_000)).toBe(false);
  });
});
