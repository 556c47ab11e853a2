import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTraffic, count, newTraffic, versionTraffic } from '../../server/processes/traffic.js';
import { isCandidate } from '../../server/serving/split.js';
import { KillCount } from '../../server/supervisor/pool/kill-count.js';
import { RestartPace } from '../../server/supervisor/pool/restart-pace.js';

describe('the candidate', () => {
  it('takes its share of counted ids, within 1 %', () => {
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      const taken = Array.from({ length: 20_000 }, (_, i) => isCandidate(`abc-${i.toString(36)}`, share)).filter(
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
        (id, share) => !isCandidate(id, share) || isCandidate(id, Math.min(1, share + 0.1)),
      ),
    );
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
  it('counts failures of the server, not of the sender', () => {
    const traffic = newTraffic();
    for (const status of [200, 200, 400, 413, 500, 503]) count(traffic, { status, rows: 1, milliseconds: 1 });
    expect(versionTraffic(3, traffic)).toMatchObject({ version: 3, requests: 4, errors: 2 });
    expect(versionTraffic(3, newTraffic())).toEqual({
      version: 3,
      requests: 0,
      errors: 0,
      p50Milliseconds: null,
      p99Milliseconds: null,
    });
  });

  it('gives percentiles within a bucket of 9 %, also summed over processes', () => {
    const [a, b] = [newTraffic(), newTraffic()];
    for (let ms = 1; ms <= 100; ms++) count(ms % 2 === 0 ? a : b, { status: 200, rows: 1, milliseconds: ms });
    addTraffic(a, b);
    const { p50Milliseconds, p99Milliseconds } = versionTraffic(1, a);
    expect(p50Milliseconds).toBeGreaterThan(49);
    expect(p50Milliseconds).toBeLessThan(55);
    expect(p99Milliseconds).toBeGreaterThan(98);
    expect(p99Milliseconds).toBeLessThan(109);
  });
});
