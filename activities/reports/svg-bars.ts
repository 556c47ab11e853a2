import type { Bin } from '../../statistics/drift/window-distribution.js';
import { type Html, html } from './html.js';
import { shareText } from './number-text.js';

const size = { width: 360, height: 172, left: 38, right: 6, top: 8, bottom: 26 };
const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

/** Two bars per bin, baseline and window side by side, on a scale that starts at zero. */
export function pairedBars(title: string, bins: readonly Bin[]): Html {
  const top = niceCeiling(Math.max(0.01, ...bins.flatMap((bin) => [bin.baseline, bin.window])));
  return html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
${[0, 0.5, 1].map((part) => gridLine(part, top))}
${bins.map((bin, index) => pair(bin, { index, count: bins.length, top }))}
</svg>`;
}

function gridLine(part: number, top: number): Html {
  const y = yOf(part * top, top);
  return html`<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y}" y2="${y}"/>
<text class="tick" x="${size.left - 5}" y="${y}" text-anchor="end" dominant-baseline="middle">${tickText(part * top)}</text>`;
}

interface Place {
  readonly index: number;
  readonly count: number;
  readonly top: number;
}

function pair(bin: Bin, { index, count, top }: Place): Html {
  const step = plot.width / count;
  const x = size.left + index * step;
  const width = Math.min(step * 0.4, 26);
  const middle = x + step / 2;
  return html`<g><title>${bin.label}: baseline ${shareText(bin.baseline)}, window ${shareText(bin.window)}</title>
${bar('baseline', { x: middle - width, width, height: heightOf(bin.baseline, top) })}${bar('window', { x: middle, width, height: heightOf(bin.window, top) })}
${binLabel(bin.label, { index, count, middle })}</g>`;
}

const heightOf = (share: number, top: number) => size.top + plot.height - yOf(share, top);

/** It stands on the axis. */
function bar(series: 'baseline' | 'window', { x, width, height }: { x: number; width: number; height: number }): Html {
  const y = size.top + plot.height - height;
  return html`<rect class="${series}" x="${round(x)}" y="${round(y)}" width="${round(width - 0.6)}" height="${round(height)}"/>`;
}

/** Labels are shortened and thinned out until they cannot overlap; the full one is in the tooltip. */
function binLabel(
  label: string,
  { index, count, middle }: { index: number; count: number; middle: number },
): Html | null {
  const every = Math.ceil(count / 7);
  if (index % every !== 0) return null;
  const room = Math.max(3, Math.floor(((plot.width / count) * every) / 6.8));
  const characters = [...label];
  const text = characters.length > room ? `${characters.slice(0, room - 1).join('')}…` : label;
  return html`<text class="tick" x="${round(middle)}" y="${size.height - size.bottom + 16}" text-anchor="middle">${text}</text>`;
}

function yOf(share: number, top: number): number {
  return round(size.top + plot.height * (1 - share / top));
}

/** The next of 1, 2, 5 × 10ⁿ, at most 1. */
function niceCeiling(share: number): number {
  const power = 10 ** Math.floor(Math.log10(share));
  const nice = [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((value) => value >= share - 1e-12);
  return Math.min(1, nice ?? 1);
}

function tickText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
