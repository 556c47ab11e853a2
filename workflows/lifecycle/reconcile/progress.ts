import type { ApplicationFailure } from '@temporalio/common';
import type { ScheduleWish } from '../schedules.js';

/** What one run has come to so far; the next one begins anew with it, and nothing of it is handed on. */
export interface Progress {
  /** the start says that it begins a new life */
  readonly revives: boolean;
  isLifeKnown: boolean;
  /** why there may be no such lifecycle; it ends with this */
  refusal: ApplicationFailure | null;
  /** the wish for Schedules that was fulfilled last */
  scheduled: ScheduleWish | null;
}

export const beginning = (revives: boolean): Progress => ({
  revives,
  isLifeKnown: false,
  refusal: null,
  scheduled: null,
});
