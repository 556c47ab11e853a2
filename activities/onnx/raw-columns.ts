import type { Feature } from '../../schemas/index.js';
import { centredMeans } from '../../statistics/target-means.js';

/** Raw values column by column, as a request carries them: timestamps are epoch milliseconds (UTC), null is missing. */
export type RawColumns = Readonly<Record<string, readonly (number | string | boolean | null)[]>>;

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday. */
const firstWeekday = 4;

/**
 * The reference for what a model sees; the SQL that prepares training data and the ONNX nodes of a package must agree
 * with it to the bit. Everything, the center of a feature too, is computed in double and rounded once, at the end, to
 * float32 (to nearest, ties to even: `Math.fround`). Missing values, NaN, and what is infinite after that rounding are NaN. An unknown or missing
 * category, also an empty one, is the feature's `fallback`.
 */
export function encodeRows(features: readonly Feature[], rows: RawColumns): Float32Array[] {
  return features.map((feature) => {
    const values = rows[feature.column];
    if (values === undefined) throw new TypeError(`Column "${feature.column}" is missing.`);
    return Float32Array.from(values, encoderOf(feature));
  });
}

type Raw = RawColumns[string][number];

function encoderOf(feature: Feature): (value: Raw) => number {
  switch (feature.kind) {
    case 'numeric': {
      const { center = 0 } = feature;
      return (value) => finite(typeof value === 'number' ? value - center : Number.NaN);
    }
    case 'boolean': {
      const missing = feature.complete ? 0 : Number.NaN;
      return (value) =>
        typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? finite(value) : missing;
    }
    case 'minuteOfDay':
      return (value) =>
        typeof value === 'number' ? modulo(Math.floor(value / minuteMs), dayMs / minuteMs) : Number.NaN;
    case 'dayOfWeek':
      return (value) => (typeof value === 'number' ? modulo(Math.floor(value / dayMs) + firstWeekday, 7) : Number.NaN);
    case 'targetMean': {
      const { fallback, means } = centredMeans(feature);
      const meanOf = new Map(feature.categories.map((category, index) => [category, means[index] ?? fallback]));
      return (value) => (typeof value === 'string' && value !== '' ? (meanOf.get(value) ?? fallback) : fallback);
    }
  }
}

function finite(value: number): number {
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? rounded : Number.NaN;
}

/** Never negative, also before 1970. */
const modulo = (value: number, by: number): number => ((value % by) + by) % by;
