import type { Task } from '../../schemas/index.js';
import { type AxisText, numberAxis, shareAxis } from './axis.js';
import { decimalText, shareText } from './number-text.js';

interface Span {
  readonly from: string;
  readonly to: string;
}

/** Whole days read as dates: the end of a window is the first moment outside it. */
export function windowText(window: Span | null): string {
  if (window === null) return 'no window';
  const { from, to } = window;
  const days = [from, to].map((at) => (/T00:00:00(\.0+)?Z$/.test(at) ? at.slice(0, 10) : null));
  if (days[0] === null || days[1] === null) return `${from} to ${to} (UTC)`;
  return isDay(window) ? `${days[0]} (UTC)` : `${days[0]} up to ${days[1]} (UTC)`;
}

/** What a window is called where several are counted. */
export function windowsText(count: number, window: Span | null): string {
  const noun = window !== null && isDay(window) ? 'day' : 'window';
  return `${noun}${count === 1 ? '' : 's'}`;
}

const isDay = ({ from, to }: Span) => Date.parse(to) - Date.parse(from) === 86_400_000;

/** How an answer of the task is written: a probability as per cent, a number as itself. */
export const answerText: Readonly<Record<Task, (value: number) => string>> = {
  binary: shareText,
  regression: (value) => decimalText(value),
};

export const answerAxis: Readonly<Record<Task, AxisText>> = { binary: shareAxis, regression: numberAxis };
