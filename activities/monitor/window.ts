import { failure, type MonitorInput } from '../../schemas/index.js';
import { dayStart, daysBetween, daysEnd, firstDaysFound, instantMs, instantText } from '../../statistics/data-day.js';
import type { PredictionLog } from '../stores/prediction-log.js';
import type { Registry } from '../stores/registry.js';

/** `from` is in it, `to` is the first moment outside; UTC ISO with milliseconds. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

export interface WindowPorts {
  readonly predictions: PredictionLog;
  readonly registry: Registry;
}

/**
 * The window that was asked for, or the next complete data day after the last one looked at. A day is complete when a
 * prediction of a later day was logged: data days, not the clock, so a replay of last year is monitored day by day. A day
 * that has not come yet is no later day (`predictionSpan`): what is dated ahead waits until its time has passed. Days
 * without predictions are passed over. Null when no complete day is left.
 */
export async function chooseWindow(
  { predictions, registry }: WindowPorts,
  input: MonitorInput,
): Promise<Window | null> {
  if (input.window) return givenWindow(input.window);
  const span = await predictions.predictionSpan(input.model, input.environment);
  if (span === null) return null;
  const { watermark } = await registry.monitorMark(input.model, input.environment);
  const start = watermark === null ? dayStart(instantMs(span.first)) : instantMs(watermark);
  return nextDataDay(predictions, input, { start, last: instantMs(span.last) });
}

function givenWindow(window: { from: string; to: string }): Window {
  const [from, to] = [instantMs(window.from), instantMs(window.to)];
  if (from < to) return { from: instantText(from), to: instantText(to) };
  throw failure('InvalidInput', 'The window must end after it begins.', window);
}

async function nextDataDay(
  predictions: PredictionLog,
  { model, environment }: MonitorInput,
  { start, last }: { start: number; last: number },
): Promise<Window | null> {
  const hasRows = async (days: number) => {
    const range = { from: instantText(start), to: instantText(daysEnd(start, days)) };
    return (await predictions.segments({ model, environment, ...range })).length > 0;
  };
  if (daysEnd(start) > last) return null;
  const days = await firstDaysFound(hasRows, daysBetween(start, last));
  if (days === null || daysEnd(start, days) > last) return null;
  return { from: instantText(days === 1 ? start : daysEnd(start, days - 1)), to: instantText(daysEnd(start, days)) };
}
