import type { CalibrationPoint } from '../../statistics/metrics/calibration-curve.js';
import type { RocPoint } from '../../statistics/metrics/roc-curve.js';
import { type AxisText, round, shareAxis, ticks } from './axis.js';
import { type Html, html } from './html.js';
import { countText } from './number-text.js';

const size = { width: 380, height: 330, left: 54, right: 22, top: 10, bottom: 42 };
const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

/** Both axes have one scale, so that the diagonal is one. */
interface Square {
  readonly low: number;
  readonly high: number;
  readonly text: AxisText;
}

/**
 * What was predicted against what came true: a point per bin, with the range in which the truth lies in 95 of 100 cases. On
 * the diagonal the model says what happens; above it too little, below it too much.
 */
export function calibrationChart(points: readonly CalibrationPoint[], text: AxisText): Html {
  const square = { ...rangeOf(points, text === shareAxis), text };
  const line = points.map(({ predicted, observed }) => place(predicted, observed, square)).join(' ');
  return chart('Predicted against observed', { square, names: ['predicted', 'observed'] }, [
    ...points.map((point) => interval(point, square)),
    html`<polyline class="line" points="${line}"/>`,
    ...points.map((point) => dot(point, square)),
  ]);
}

/** How many of what happened is found, for each share of false alarms; the point is the threshold that is named. */
export function rocChart(points: readonly RocPoint[], at: RocPoint | null): Html {
  const square = { low: 0, high: 1, text: shareAxis };
  const line = points.map((point) => place(point.falsePositiveRate, point.truePositiveRate, square)).join(' ');
  const names: [string, string] = ['false positive rate', 'true positive rate'];
  return chart('ROC curve', { square, names }, [
    html`<polyline class="line" points="${line}"/>`,
    at === null ? null : marked(at, square),
  ]);
}

interface Frame {
  readonly square: Square;
  readonly names: readonly [string, string];
}

function chart(title: string, { square, names }: Frame, marks: (Html | null)[]): Html {
  const [start, end] = [square.low, square.high].map((value) => place(value, value, square).split(','));
  const { step, values } = ticks(square.low, square.high, 5);
  return html`<svg class="chart square" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
${values.map((value) => grid(value, square, square.text(value, step)))}
<line class="diagonal" x1="${start?.[0] ?? 0}" y1="${start?.[1] ?? 0}" x2="${end?.[0] ?? 0}" y2="${end?.[1] ?? 0}"/>${marks}
<text class="axis" x="${size.left + plot.width / 2}" y="${size.height - 6}" text-anchor="middle">${names[0]}</text>
<text class="axis" transform="translate(11 ${size.top + plot.height / 2}) rotate(-90)" text-anchor="middle">${names[1]}</text></svg>`;
}

function grid(value: number, square: Square, text: string): Html {
  const [x, y] = [xOf(value, square), yOf(value, square)];
  return html`<line class="grid" x1="${size.left}" x2="${size.left + plot.width}" y1="${y}" y2="${y}"/>
<text class="tick" x="${size.left - 6}" y="${y}" text-anchor="end" dominant-baseline="middle">${text}</text>
<text class="tick" x="${x}" y="${size.top + plot.height + 16}" text-anchor="middle">${text}</text>`;
}

function interval({ predicted, low, high }: CalibrationPoint, square: Square): Html {
  const x = xOf(predicted, square);
  return html`<line class="interval" x1="${x}" x2="${x}" y1="${yOf(low, square)}" y2="${yOf(high, square)}"/>`;
}

function dot({ predicted, observed, low, high, rows }: CalibrationPoint, square: Square): Html {
  const text = (value: number) => square.text(value, (square.high - square.low) / 100);
  return html`<circle class="dot" cx="${xOf(predicted, square)}" cy="${yOf(observed, square)}" r="3.5">
<title>predicted ${text(predicted)}, observed ${text(observed)} (95 %: ${text(low)} to ${text(high)}), ${countText(rows)} rows</title></circle>`;
}

function marked({ falsePositiveRate, truePositiveRate }: RocPoint, square: Square): Html {
  return html`<circle class="dot" cx="${xOf(falsePositiveRate, square)}" cy="${yOf(truePositiveRate, square)}" r="5"/>`;
}

/** Of shares from zero to the next tenth: rare events live near zero. Of numbers as far as points and intervals reach. */
function rangeOf(points: readonly CalibrationPoint[], areShares: boolean): { low: number; high: number } {
  const values = points.flatMap(({ predicted, low, high }) => [predicted, low, high]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (areShares) return { low: 0, high: Math.min(1, Math.ceil(Math.max(0.1, high) * 10 - 1e-9) / 10) };
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return { low: low - room, high: high + room };
}

const place = (x: number, y: number, square: Square) => `${xOf(x, square)},${yOf(y, square)}`;

const xOf = (value: number, { low, high }: Square) => round(size.left + (plot.width * (value - low)) / (high - low));

const yOf = (value: number, { low, high }: Square) =>
  round(size.top + plot.height * (1 - (value - low) / (high - low)));
