import { describe, expect, it } from 'vitest';
import { binaryMetrics } from '../../../statistics/metrics/binary.js';
import { regressionMetrics } from '../../../statistics/metrics/regression.js';
import { seededRandom } from '../../../statistics/random.js';
import { pairedBootstrap } from '../../../statistics/tests/paired-bootstrap.js';

/** Labels of a true probability, which the champion sees with much noise and the challenger with little. */
function contest(rows: number, seed: string, noise = { champion: 0.6, challenger: 0.2 }) {
  const random = seededRandom(seed);
  const truth = Float64Array.from({ length: rows }, random);
  const blur = (share: number) => truth.map((p) => (1 - share) * p + share * random());
  const labels = truth.map((p) => (random() < p ? 1 : 0));
  return { labels, champion: blur(noise.champion), challenger: blur(noise.challenger) };
}

describe('paired bootstrap', () => {
  it('measures both models as the metrics do', () => {
    const { labels, champion, challenger } = contest(500, 'metrics');
    const [a, b] = [binaryMetrics(labels, champion), binaryMetrics(labels, challenger)];
    const auc = pairedBootstrap({ labels, champion, challenger }, 'rocAuc', { seed: 1 });
    expect(auc).toMatchObject({ champion: a.rocAuc, challenger: b.rocAuc, difference: b.rocAuc! - a.rocAuc! });
    const loss = pairedBootstrap({ labels, champion, challenger }, 'logLoss', { seed: 1 });
    expect(loss).toMatchObject({ champion: a.logLoss, challenger: b.logLoss });
    const brier = pairedBootstrap({ labels, champion, challenger }, 'brier', { seed: 1 });
    expect(brier).toMatchObject({ champion: a.brier, challenger: b.brier });
    const rmse = pairedBootstrap({ labels, champion, challenger }, 'rmse', { seed: 1 });
    expect(rmse.champion).toBe(regressionMetrics(labels, champion).rmse);
  });

  it('says the same for the same seed and differs for another', () => {
    const { labels, champion, challenger } = contest(300, 'seed');
    const run = (seed: number) => pairedBootstrap({ labels, champion, challenger }, 'rocAuc', { seed });
    expect(run(7)).toEqual(run(7));
    expect(run(8).low).not.toBe(run(7).low);
  });

  it('sees that a clearly better challenger wins: higher AUC, lower loss', () => {
    const { labels, champion, challenger } = contest(2000, 'better');
    expect(pairedBootstrap({ labels, champion, challenger }, 'rocAuc', { seed: 1 }).low).toBeGreaterThan(0);
    expect(pairedBootstrap({ labels, champion, challenger }, 'brier', { seed: 1 }).high).toBeLessThan(0);
  });

  it('finds no difference between a model and itself', () => {
    const { labels, champion } = contest(200, 'self');
    const result = pairedBootstrap({ labels, champion, challenger: champion }, 'rocAuc', { seed: 1 });
    expect(result).toMatchObject({ difference: 0, low: 0, high: 0 });
  });

  it('covers the true difference, zero, in about 95 of 100 samples', () => {
    let covered = 0;
    for (let i = 0; i < 200; i++) {
      const { labels, champion, challenger } = contest(300, `cover ${i}`, { champion: 0.4, challenger: 0.4 });
      const { low, high } = pairedBootstrap({ labels, champion, challenger }, 'brier', { seed: i });
      if (low <= 0 && high >= 0) covered += 1;
    }
    expect(covered).toBeGreaterThan(176); // 95 % of 200 is 190; each side is more than four standard deviations away
    expect(covered).toBeLessThan(200);
  });

  it('agrees with the analytic interval of a mean: ±1.96 standard errors', () => {
    const random = seededRandom('mean');
    const labels = new Float64Array(4000);
    const champion = new Float64Array(4000);
    const challenger = labels.map(() => Math.sqrt(random())); // squared errors uniform on [0, 1]: mean ½, variance 1/12
    const { low, high } = pairedBootstrap({ labels, champion, challenger }, 'brier', { resamples: 2000, seed: 1 });
    const width = 2 * 1.96 * Math.sqrt(1 / 12 / 4000);
    expect(Math.abs((high - low) / width - 1)).toBeLessThan(0.08);
  });

  it('leaves out draws and rows it cannot measure', () => {
    const labels = [1, 0, 0, 0, 0, Number.NaN];
    const best = [0.9, 0.1, 0.2, 0.3, 0.4, 0.5];
    const worst = best.map((score) => 1 - score);
    const result = pairedBootstrap({ labels, champion: best, challenger: worst }, 'rocAuc', { seed: 1 });
    expect(result).toEqual({ champion: 1, challenger: 0, difference: -1, low: -1, high: -1 });
  });

  it('refuses one class, different lengths and no resample', () => {
    expect(() =>
      pairedBootstrap({ labels: [1, 1], champion: [0.1, 0.2], challenger: [0.1, 0.2] }, 'rocAuc', { seed: 1 }),
    ).toThrow('both classes');
    expect(() =>
      pairedBootstrap({ labels: [1, 0], champion: [0.1], challenger: [0.1, 0.2] }, 'brier', { seed: 1 }),
    ).toThrow(RangeError);
    expect(() =>
      pairedBootstrap({ labels: [1], champion: [0.1], challenger: [0.1] }, 'brier', { resamples: 0, seed: 1 }),
    ).toThrow('one resample');
    expect(() => pairedBootstrap({ labels: [], champion: [], challenger: [] }, 'rmse', { seed: 1 })).toThrow('no row');
  });

  it('compares 100,000 rows within ten seconds', () => {
    const { labels, champion, challenger } = contest(100_000, 'large');
    const start = performance.now();
    const { low, high } = pairedBootstrap({ labels, champion, challenger }, 'rocAuc', { seed: 1 });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(high - low).toBeLessThan(0.01);
  });
});
