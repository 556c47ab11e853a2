import { type CheckedMonitorInput, failure, mostMonitorWindows } from '../../schemas/index.js';
import { dayEnd, dayStart, instantMs, instantText } from '../../statistics/data-day.js';
import { type DueDays, dueDays, type LoggedDay } from '../../statistics/due-days.js';
import type { PredictionLog } from '../stores/prediction-log.js';

/** `from` is in it, `to` is the first moment outside; UTC ISO with milliseconds. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

/** The window that was asked for, or the data days that are due (`dueDays`), oldest first. */
export async function chooseWindows(predictions: PredictionLog, input: CheckedMonitorInput): Promise<Window[]> {
  if (input.window) return [givenWindow(input.window)];
  const { due } = dueDays(await predictions.days(input), input.policy.minRows);
  return due.slice(0, mostMonitorWindows).map(dayWindow);
}

/** What the log held when a window was looked at. */
export interface LogThen {
  /** of a whole data day; null for any other window */
  readonly logged: { readonly rows: number; readonly lastSeq: number } | null;
  readonly leftOut: DueDays['leftOut'];
}

export async function logThen(
  predictions: PredictionLog,
  input: CheckedMonitorInput,
  window: Window,
): Promise<LogThen> {
  const days = await predictions.days(input);
  const { leftOut } = dueDays(days, input.policy.minRows);
  return { logged: loggedOf(days, window), leftOut };
}

function loggedOf(days: readonly LoggedDay[], window: Window): LogThen['logged'] {
  const day = days.find((one) => dayWindow(one.day).from === window.from);
  if (day === undefined || dayWindow(day.day).to !== window.to) return null;
  return { rows: day.rows, lastSeq: day.lastSeq };
}

export function dayWindow(day: string): Window {
  const start = dayStart(instantMs(day));
  return { from: instantText(start), to: instantText(dayEnd(start)) };
}

function givenWindow(window: { from: string; to: string }): Window {
  const [from, to] = [instantMs(window.from), instantMs(window.to)];
  if (from < to) return { from: instantText(from), to: instantText(to) };
  throw failure('InvalidInput', 'The window must end after it begins.', window);
}
