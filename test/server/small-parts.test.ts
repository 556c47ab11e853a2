import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTraffic, count, judgeAnew, newTraffic, versionTraffic } from '../../server/processes/traffic.js';
import { HeardIds } from '../../server/serving/heard-ids.js';
import { isCandidate } from '../../server/serving/split.js';
import { KillCount } from '../../server/supervisor/pool/kill-count.js';
import { RestartPace } from '../../server/supervisor/pool/restart-pace.js';

describe('the candidate', () => {
  const split = { secret: 'a secret of the server', of: 'production/m/2' };

  it('takes its share of counted ids, within 1 %', () => {
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      const taken = Array.from({ length: 20_000 }, (_, i) => isCandidate(split, `abc-${i.toString(36)}`, share)).filter(
        Boolean,
      ).length;
      expect(Math.abs(taken / 20_000 - share)).toBeLessThan(0.01);
    }
  });

  it('keeps an id that it has when its share grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (id, share) => !isCandidate(split, id, share) || isCandidate(split, id, Math.min(1, share + 0.1)),
      ),
    );
  });
});

describe('a split', () => {
  const ids = Array.from({ length: 2000 }, (_, i) => `id-${i}`);
  const taken = (secret: string, of: string) => ids.filter((id) => isCandidate({ secret, of }, id, 0.5));

  it.each([
    ['another secret', taken('b', 'production/m/2')],
    ['the next rollout', taken('a', 'production/m/3')],
  ])('is drawn anew with %s, so that no id can be chosen for its side', (_, other) => {
    const first = new Set(taken('a', 'production/m/2'));
    const onTheSameSide = ids.filter((id) => first.has(id) === other.includes(id)).length;
    expect(Math.abs(onTheSameSide / ids.length - 0.5)).toBeLessThan(0.05);
  });

  it('hears each id once, and forgets the oldest', () => {
    const heard = new HeardIds();
    expect([heard.hear('a'), heard.hear('a'), heard.hear('b')]).toEqual([true, false, true]);
    for (let i = 0; i < 50_000; i++) heard.hear(`other-${i}`);
    expect(heard.hear('a')).toBe(true);
  });
});

describe('kills', () => {
  it('are too many at the third within a minute, per version', () => {
    const kills = new KillCount();
    expect([0, 1000, 70_000, 71_000].map((at) => kills.blame('a', at))).toEqual([false, false, false, false]);
    expect(kills.blame('b', 72_000)).toBe(false);
    expect(kills.blame('a', 72_000)).toBe(true);
  });
});

describe('a process that ended', () => {
  it('is replaced at once, and ever more slowly where one after the other dies young', () => {
    const pace = new RestartPace();
    const young = Array.from({ length: 10 }, () => pace.delayMs(1000));
    expect(young).toEqual([50, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect([pace.delayMs(60_000), pace.delayMs(1000)]).toEqual([0, 50]);
  });
});

describe('traffic', () => {
  const answered = (status: number, milliseconds = 1) => ({ status, rows: 1, milliseconds, isJudged: true });

  it('counts failures of the server, not of the sender', () => {
    const traffic = newTraffic();
    for (const status of [200, 200, 400, 413, 500, 503, 504]) count(traffic, answered(status));
    expect(versionTraffic(3, traffic)).toMatchObject({ requests: 3, errors: 1, refused: 2, unanswered: 2 });
    expect(versionTraffic(3, newTraffic())).toEqual({
      version: 3,
      requests: 0,
      errors: 0,
      refused: 0,
      unanswered: 0,
      p50Milliseconds: null,
      p99Milliseconds: null,
      p99AtLeastMilliseconds: null,
    });
  });

  it('gives percentiles within a bucket of 9 %, also summed over processes', () => {
    const [a, b] = [newTraffic(), newTraffic()];
    for (let ms = 1; ms <= 100; ms++) count(ms % 2 === 0 ? a : b, answered(200, ms));
    addTraffic(a, b);
    const { p50Milliseconds, p99Milliseconds } = versionTraffic(1, a);
    expect(p50Milliseconds).toBeGreaterThan(49);
    expect(p50Milliseconds).toBeLessThan(55);
    expect(p99Milliseconds).toBeGreaterThan(98);
    expect(p99Milliseconds).toBeLessThan(109);
  });

  it('counts requests that name their version, and judges by the others alone', () => {
    const traffic = newTraffic();
    count(traffic, answered(200));
    count(traffic, { ...answered(500), isJudged: false });
    expect(traffic.statuses).toEqual({ 200: 1, 500: 1 });
    expect(versionTraffic(1, traffic)).toMatchObject({ requests: 1, errors: 0 });
  });

  it('is judged anew when the version begins to take traffic, and stays counted', () => {
    const traffic = newTraffic();
    count(traffic, answered(500));
    judgeAnew(traffic);
    expect(traffic.statuses).toEqual({ 500: 1 });
    expect(versionTraffic(1, traffic)).toMatchObject({ requests: 0, errors: 0, p99Milliseconds: null });
  });

  it.each([
    ['one slow answer of twenty may be chance', 1, 19, 3],
    ['three of twenty are not', 3, 17, 1000],
    ['two of ten are not', 2, 8, 1000],
    ['one alone says nothing', 1, 0, null],
  ])('bounds its p99 from below: %s', (_, slow, quick, bound) => {
    const traffic = newTraffic();
    for (let i = 0; i < slow; i++) count(traffic, answered(200, 1000));
    for (let i = 0; i < quick; i++) count(traffic, answered(200, 3));
    const { p99AtLeastMilliseconds } = versionTraffic(1, traffic);
    const toOneDigit = (ms: number | null) => ms && Number(ms.toPrecision(1));
    expect(toOneDigit(p99AtLeastMilliseconds)).toBe(bound);
  });
});
