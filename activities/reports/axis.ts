import { countText } from './number-text.js';

/** How values of an axis are written. */
export type AxisText = (value: number, step: number) => string;

/** A share as per cent: 0.25 with steps of 0.05 is "25 %". */
export const shareAxis: AxisText = (value, step) => `${fixed(value * 100, step * 100)} %`;

/** A number with as many places as tell its neighbours apart; thousands are set apart. */
export const numberAxis: AxisText = (value, step) => {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1e7 || step < 1e-5) return String(Number(value.toPrecision(4)));
  const text = fixed(Math.abs(value), step);
  const [whole = '', places] = text.split('.');
  return `${value < 0 ? '−' : ''}${countText(Number(whole))}${places === undefined ? '' : `.${places}`}`;
};

function fixed(value: number, step: number): string {
  const places = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
  return value.toFixed(places);
}

/** Round values from `low` to `high`, about so many: steps of 1, 2 or 5 times a power of ten. 0 to 23, about 5: 0, 5, 10, 15, 20. */
export function ticks(low: number, high: number, about: number): { step: number; values: number[] } {
  const step = niceStep((high - low) / about);
  if (!Number.isFinite(step) || step <= 0) return { step: 1, values: [] };
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return { step, values: Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step) };
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power;
}

/** The end of a scale that begins at zero: the next of 1, 2, 3, 4, 5, 6, 8, 10 × 10ⁿ. */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** Places in a drawing, to a tenth of a point. */
export const round = (value: number): number => Math.round(value * 10) / 10 + 0;
