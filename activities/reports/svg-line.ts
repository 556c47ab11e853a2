import type { CalibrationPoint } from '../../statistics/metrics/calibration-curve.js';
import { type Html, html } from './html.js';
import { countText, decimalText } from './number-text.js';

const size = { width: 380, height: 340, left: 46, right: 14, top: 12, bottom: 44 };
const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

/**
 * What was predicted against what came true: a point per bin, its area the rows in it. On the diagonal the model says
 * what happens; above it too little, below it too much. Both axes have one scale, so the diagonal is one.
 */
export function calibrationCurve(points: readonly CalibrationPoint[]): Html {
  const top = ceiling(points);
  const most = Math.max(1, ...points.map((point) => point.rows));
  const line = points.map((point) => `${xOf(point.predicted, top)},${yOf(point.observed, top)}`).join(' ');
  return html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="Calibration curve">
${[0, 0.25, 0.5, 0.75, 1].map((part) => grid(part * top, top))}
<line class="diagonal" x1="${xOf(0, top)}" y1="${yOf(0, top)}" x2="${xOf(top, top)}" y2="${yOf(top, top)}"/>
<polyline class="line" points="${line}"/>
${points.map((point) => dot(point, top, most))}
<text class="axis" x="${size.left + plot.width / 2}" y="${size.height - 8}" text-anchor="middle">predicted</text>
<text class="axis" transform="translate(12 ${size.top + plot.height / 2}) rotate(-90)" text-anchor="middle">observed</text>
</svg>`;
}

function grid(value: number, top: number): Html {
  const [x, y, text] = [xOf(value, top), yOf(value, top), String(Number(value.toFixed(3)))];
  return html`<line class="grid" x1="${size.left}" x2="${size.left + plot.width}" y1="${y}" y2="${y}"/>
<text class="tick" x="${size.left - 6}" y="${y}" text-anchor="end" dominant-baseline="middle">${text}</text>
<text class="tick" x="${x}" y="${size.top + plot.height + 16}" text-anchor="middle">${text}</text>`;
}

function dot(point: CalibrationPoint, top: number, most: number): Html {
  const radius = round(2.5 + 4.5 * Math.sqrt(point.rows / most));
  const [predicted, observed] = [decimalText(point.predicted), decimalText(point.observed)];
  return html`<circle class="dot" cx="${xOf(point.predicted, top)}" cy="${yOf(point.observed, top)}" r="${radius}">
<title>predicted ${predicted}, observed ${observed}, ${countText(point.rows)} rows</title></circle>`;
}

/** Rare events live near zero: the axes end at the next tenth above the largest point. */
function ceiling(points: readonly CalibrationPoint[]): number {
  const largest = Math.max(0.1, ...points.flatMap((point) => [point.predicted, point.observed]));
  return Math.min(1, Math.ceil(largest * 10 - 1e-9) / 10);
}

function xOf(value: number, top: number): number {
  return round(size.left + (plot.width * value) / top);
}

function yOf(value: number, top: number): number {
  return round(size.top + plot.height * (1 - value / top));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
