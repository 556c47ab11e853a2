import type { CategoryShares, OtherCategories, Spread } from '../../statistics/drift/window-distribution.js';
import { round } from './axis.js';
import { type Html, html } from './html.js';
import { countText, shareText, shortText } from './number-text.js';

const size = { width: 360, name: 96, bars: 156, row: 21 };

type Categories = Extract<Spread, { kind: 'categories' }>;

/** A row per category, on one scale; all others below the line and off the scale, which they would flatten. */
export function categoryChart(title: string, { shown, others }: Categories): Html {
  const top = Math.max(0.01, ...shown.flatMap(({ baseline, window }) => [baseline, window]));
  const height = shown.length * size.row + (others === null ? 4 : 30);
  return html`<svg class="chart" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${title}">
${shown.map((category, row) => rowOf(category, row * size.row + 2, top))}
${others === null ? null : othersRow(others, shown.length * size.row + 6)}</svg>`;
}

function rowOf({ label, baseline, window }: CategoryShares, y: number, top: number): Html {
  const [before, now] = [baseline, window].map((share) => round((share / top) * size.bars)) as [number, number];
  const name = label === '' ? '(empty)' : label;
  return html`<g><title>${shortText(name, 80)}: ${change(baseline, window)}</title>
<text class="name" x="${size.name - 6}" y="${y + 12}" text-anchor="end">${shortText(name, 13)}</text>
<rect class="baseline" x="${size.name}" y="${y}" width="${before}" height="8"/><rect class="window" x="${size.name}" y="${y + 8}" width="${now}" height="8"/>
<text class="tick" x="${size.width}" y="${y + 12}" text-anchor="end">${change(baseline, window)}</text></g>`;
}

function othersRow({ categories, orMore, baseline, window }: OtherCategories, y: number): Html {
  return html`<line class="grid" x1="0" x2="${size.width}" y1="${y}" y2="${y}"/>
<text class="name" x="0" y="${y + 16}">${othersText({ categories, orMore })} together (not drawn)</text>
<text class="tick" x="${size.width}" y="${y + 16}" text-anchor="end">${change(baseline, window)}</text>`;
}

/** "236 others", or "236 or more others" where not all were told apart. */
export function othersText({ categories, orMore }: Pick<OtherCategories, 'categories' | 'orMore'>): string {
  if (categories === 0) return 'all others';
  return `${countText(categories)}${orMore ? ' or more' : ''} other${categories === 1 && !orMore ? '' : 's'}`;
}

const change = (baseline: number, window: number): string => `${shareText(baseline)} → ${shareText(window)}`;
