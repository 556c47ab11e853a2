import { round } from './axis.js';
import { type Html, html } from './html.js';

const size = { width: 132, height: 28, room: 3 };

/** The way of one number over the last windows, on a scale of its own; the newest has the dot. Nothing for a single one. */
export function sparkline(title: string, values: readonly (number | null)[]): Html | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = (size.width - 2 * size.room) / (values.length - 1);
  const x = (i: number) => round(size.room + i * step);
  const y = (value: number) =>
    round(size.height - size.room - ((value - low) / (high - low || 1)) * (size.height - 2 * size.room));
  const last = values.at(-1) ?? null;
  return html`<svg class="trend" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}"><title>${title}</title>
<path class="line" d="${pathOf(values, x, y)}"/>${last === null ? null : html`<circle class="dot" cx="${x(values.length - 1)}" cy="${y(last)}" r="3"/>`}</svg>`;
}

/** A gap where a window has no such number. */
function pathOf(values: readonly (number | null)[], x: (i: number) => number, y: (value: number) => number): string {
  const parts = values.map((value, i) => {
    if (value === null) return '';
    const before = values[i - 1] ?? null;
    return `${before === null ? 'M' : 'L'}${x(i)} ${y(value)}`;
  });
  return parts.join('');
}

export interface StripMark {
  readonly look: string;
  readonly title: string;
}

/** A mark per window, the newest on the right. */
export function strip(title: string, marks: readonly StripMark[]): Html | null {
  if (marks.length < 2) return null;
  const step = Math.min(12, size.width / marks.length);
  return html`<svg class="trend" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">${marks.map(
    (
      mark,
      i,
    ) => html`<rect class="${mark.look}" x="${round(i * step)}" y="8" width="${round(step - 1)}" height="12" rx="1.5">
<title>${mark.title}</title></rect>`,
  )}</svg>`;
}
