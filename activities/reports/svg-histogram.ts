import type { Histogram, Shares } from '../../statistics/drift/histogram.js';
import { type AxisText, niceCeiling, round, shareAxis, ticks } from './axis.js';
import { type Html, html } from './html.js';

const size = { width: 360, height: 176, top: 8, bottom: 24, left: 40, right: 8 };
const floor = size.height - size.bottom;
/** bars of what lies outside the axis stand apart from it */
const tailRoom = 30;

interface Scale {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly end: number;
}

/** Training data as an area, the window as a line over it, on the column's own axis; long tails as bars of their own. */
export function histogramChart(title: string, shown: Histogram, text: AxisText): Html {
  const hasTails = [shown.below, shown.above].some(({ baseline, window }) => baseline + window > 0);
  const edge = hasTails ? tailRoom : 0;
  const all = [...shown.bins, shown.below, shown.above];
  const top = niceCeiling(Math.max(0.01, ...all.flatMap(({ baseline, window }) => [baseline, window])));
  const end = shown.from + shown.width * shown.bins.length;
  const scale = { left: size.left + edge, right: size.width - size.right - edge, top, end };
  return html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
${shareGrid(top)}<path class="baseline" d="${outline(shown, 'baseline', scale)}"/>
<path class="window" d="${outline(shown, 'window', scale)}"/>${xAxis(shown, scale, text)}${hasTails ? tails(shown, scale, text) : null}</svg>`;
}

/** Shares on the left, from zero on. */
function shareGrid(top: number): Html[] {
  return [0, 0.5, 1].map((part) => {
    const y = yOf(part * top, top);
    return html`<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y}" y2="${y}"/>
<text class="tick" x="${size.left - 5}" y="${y}" text-anchor="end" dominant-baseline="middle">${shareAxis(part * top, top / 2)}</text>`;
  });
}

const yOf = (share: number, top: number) => round(size.top + (floor - size.top) * (1 - share / top));

function outline({ bins }: Histogram, side: keyof Shares, { left, right, top }: Scale): string {
  const step = (right - left) / bins.length;
  const parts = bins.map((bin, i) => `V${yOf(bin[side], top)}H${round(left + (i + 1) * step)}`);
  return `M${round(left)} ${floor}${parts.join('')}V${floor}`;
}

function xAxis({ from }: Histogram, { left, right, end }: Scale, text: AxisText): Html[] {
  const { step, values } = ticks(from, end, 5);
  return values.map((value) => {
    const x = round(left + ((value - from) / (end - from)) * (right - left));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${floor}" y2="${floor + 4}"/>
<text class="tick" x="${x}" y="${floor + 16}" text-anchor="middle">${text(value, step)}</text>`;
  });
}

function tails(shown: Histogram, { left, right, top, end }: Scale, text: AxisText): (Html | null)[] {
  return [
    tail(shown.below, { x: left - 22, top, name: `below ${text(shown.from, shown.width)}`, sign: '<' }),
    tail(shown.above, { x: right + 8, top, name: `${text(end, shown.width)} or more`, sign: '≥' }),
  ];
}

interface TailPlace {
  readonly x: number;
  readonly top: number;
  readonly name: string;
  readonly sign: string;
}

function tail({ baseline, window }: Shares, { x, top, name, sign }: TailPlace): Html | null {
  if (baseline + window === 0) return null;
  const shares = [baseline, window].map((share) => shareAxis(share, 0.001));
  return html`<g><title>${name}: baseline ${shares[0] ?? ''}, window ${shares[1] ?? ''}</title>
${bar('baseline', x, yOf(baseline, top))}${bar('window', x + 7, yOf(window, top))}
<text class="tick" x="${round(x + 7)}" y="${floor + 16}" text-anchor="middle">${sign}</text></g>`;
}

function bar(series: string, x: number, y: number): Html {
  return html`<rect class="${series}" x="${round(x)}" y="${y}" width="6" height="${round(floor - y)}"/>`;
}
