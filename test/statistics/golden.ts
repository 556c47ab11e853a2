import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** scipy 1.17.1 and Evidently 0.7.23 on seeded inputs; NaN and ±Infinity are strings, a missing value is null. */
export interface NumericCase {
  kind: 'numeric';
  name: string;
  reference: (number | null)[];
  current: (number | null)[];
  deciles: {
    edges: number[];
    ref: number[];
    cur: number[];
    psi: number;
    js_distance_ln: number;
  };
  scipy: { ks_stat: number; ks_p_auto: number; ks_p_exact: number; ks_p_asymp: number; wasserstein: number };
  evidently: { wasserstein_norm: number };
}

export interface CategoricalCase {
  kind: 'categorical';
  name: string;
  reference: (string | null)[];
  current: (string | null)[];
  freq: {
    keys: string[];
    ref_counts: number[];
    cur_counts: number[];
    psi: number;
    js_distance_ln: number;
  };
  scipy: { chi2_contingency_stat: number; chi2_contingency_p: number; dof: number };
}

interface Golden {
  cases: (NumericCase | CategoricalCase)[];
  distributions: {
    chi2_sf: [number, number, number][];
    kstwobign_sf: [number, number][];
    kstwo_sf: [number, number, number][];
  };
}

export const golden: Golden = JSON.parse(
  readFileSync(new URL('../fixtures/drift-golden.json', import.meta.url), 'utf8'),
);
export const numericCases = golden.cases.filter((one): one is NumericCase => one.kind === 'numeric');
export const categoricalCases = golden.cases.filter((one): one is CategoricalCase => one.kind === 'categorical');

export function numbers(values: (number | null)[]): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}

/** Within `tolerance` of the larger of |expected| and `floor`: relative in the tail, absolute near zero. */
export function expectNear(actual: number, expected: number, tolerance = 1e-12, floor = 0): void {
  const allowed = tolerance * Math.max(Math.abs(expected), floor);
  expect(Math.abs(actual - expected), `${actual} should be ${expected}`).toBeLessThanOrEqual(allowed);
}
