import type { ShownWindow } from '../../../activities/reports/shown-window.js';
import { type ColumnDrift, MonitorPolicy } from '../../../schemas/index.js';
import type { Histogram } from '../../../statistics/drift/histogram.js';
import type { Spread } from '../../../statistics/drift/window-distribution.js';

function drift(column: string, index: number): ColumnDrift {
  const psi = index === 0 ? 1.834 : index === 1 ? 0.312 : 0.01 * index;
  return {
    column,
    kind: index % 2 === 0 ? 'numeric' : 'categorical',
    psi,
    jensenShannon: psi / 4,
    ksStatistic: index % 2 === 0 ? psi / 3 : null,
    wasserstein: index % 2 === 0 ? 12.5 : null,
    chiSquare: index % 2 === 1 ? 88.1 : null,
    pValue: index < 2 ? 1e-30 : 0.21,
    missingShare: index === 2 ? 0.137 : 0,
    rows: 16_412,
    judged: true,
    drifted: psi > 0.2,
    reason: `PSI ${psi} is ${psi > 0.2 ? '' : 'not '}above the threshold 0.2.`,
  };
}

const histogram: Histogram = {
  from: 0,
  width: 100,
  bins: [0.2, 0.5, 0.2, 0.06].map((baseline, i) => ({ baseline, window: [0.1, 0.3, 0.4, 0.15][i] ?? 0 })),
  below: { baseline: 0, window: 0 },
  above: { baseline: 0.04, window: 0.05 },
};

const categories = (labels: readonly string[]): Spread => ({
  kind: 'categories',
  shown: labels.map((label, i) => ({ label, baseline: (i + 1) / 60, window: (labels.length - i) / 60 })),
  others: { categories: 236, orMore: false, baseline: 0.651, window: 0.64 },
});

export function reportOf(columns: string[], labels: string[] = ['AA', 'DL', 'UA']): ShownWindow {
  const columnDrift = columns.map(drift);
  return {
    result: {
      model: 'flight-delay',
      environment: 'production',
      version: 3,
      window: { from: '2001-04-18T00:00:00.000Z', to: '2001-04-19T00:00:00.000Z' },
      predictions: 16_412,
      outcomes: 15_990,
      drift: columnDrift,
      driftedColumns: columnDrift.filter((column) => column.drifted).map((column) => column.column),
      quality: {
        rocAuc: 0.6812,
        prAuc: 0.371,
        logLoss: 0.4871,
        brier: 0.1502,
        calibrationError: 0.0631,
        meanPredicted: 0.271,
        meanObserved: 0.1973,
        rows: 15_990,
      },
      calibrationGap: 0.0737,
      dataQuality: columnDrift.map(({ column, missingShare }) => ({ column, missingShare })),
      verdict: 'decayed',
      reasons: columns.map((column) => `Column ${column} drifted.`),
      badWindows: 2,
      retrainAsked: true,
    },
    policy: MonitorPolicy.parse({}),
    distributions: columnDrift.map(({ column }, i) => ({
      column,
      spread: i % 2 === 0 ? { kind: 'histogram', histogram } : categories(labels),
    })),
    calibration: [0.05, 0.15, 0.25, 0.35, 0.45, 0.55].map((predicted, i) => ({
      predicted,
      observed: predicted * 0.72,
      low: predicted * 0.6,
      high: predicted * 0.8,
      rows: 6000 / (i + 1),
    })),
    detail: {
      kind: 'classes',
      roc: [0, 0.2, 0.6, 1].map((x) => ({ falsePositiveRate: x, truePositiveRate: Math.sqrt(x) })),
      confusion: {
        threshold: 0.201,
        truePositives: 2100,
        falsePositives: 3900,
        trueNegatives: 8935,
        falseNegatives: 1055,
      },
    },
    task: 'binary',
    test: {
      rocAuc: 0.7342,
      prAuc: 0.41,
      logLoss: 0.441,
      brier: 0.139,
      calibrationError: 0.008,
      meanPredicted: 0.199,
      meanObserved: 0.201,
      rows: 40_000,
    },
    identity: {
      runId: 'r-51ac',
      modelDigest: 'a'.repeat(64),
      datasetDigest: 'b'.repeat(64),
      workflowId: 'monitor/flight-delay/production',
      madeAt: '2001-04-19T06:00:12.345Z',
    },
    past: { windows: Array.from({ length: 29 }, (_, i) => pastDay(i)), asked: null },
    acting: { automatic: true, hasRecipe: true },
  };
}

function pastDay(i: number): ShownWindow['past']['windows'][number] {
  const at = (day: number) => new Date(Date.UTC(2001, 2, 20 + day)).toISOString();
  return {
    from: at(i),
    to: at(i + 1),
    verdict: i > 25 ? 'drifted' : 'healthy',
    predictions: 16_000 + 100 * i,
    outcomes: 15_000,
    driftedColumns: i > 25 ? 1 : 0,
    quality: i === 4 ? null : 0.73 - i / 1000,
    calibrationGap: i / 1000,
  };
}

/** Of a model that answers a number. */
export const regression: ShownWindow = {
  ...reportOf(['distance']),
  task: 'regression',
  test: { rmse: 3, mae: 2, r2: 0.64, rows: 4000 },
  detail: { kind: 'errors', errors: histogram },
  result: {
    ...reportOf(['distance']).result,
    quality: { rmse: 3.6, mae: 2.01, r2: 0.5, rows: 15_990 },
    calibrationGap: -0.1,
  },
};
