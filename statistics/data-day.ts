const dayMs = 86_400_000;

/** Milliseconds since 1970 of a date or a UTC time, with or without its "Z"; NaN for any other text. */
export function instantMs(text: string): number {
  const time = text.replace(' ', 'T');
  const zoned = !time.includes('T') || time.endsWith('Z') ? time : `${time}Z`;
  return Date.parse(zoned);
}

/** The one text of an instant: what ends in a key or a file name must not depend on how it was written. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The first moment of the UTC day that `ms` lies in. */
export function dayStart(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}

/** How many days the days of two moments span, both counted; 0 or less when `to` is an earlier day. */
export function daysBetween(from: number, to: number): number {
  return (dayStart(to) - dayStart(from)) / dayMs + 1;
}

/** The first moment after `days` data days that begin with the day of `ms`. */
export function daysEnd(ms: number, days = 1): number {
  return dayStart(ms) + days * dayMs;
}

/**
 * The number of days, counted from the day of a start, after which something is first found: the first `days` for which
 * `found(days)` is true, null when that is more than `most`. `found` must stay true once it is. Asks O(log days) times,
 * so a gap of years costs a dozen questions.
 */
export async function firstDaysFound(found: (days: number) => Promise<boolean>, most: number): Promise<number | null> {
  let [low, high] = [0, 1];
  while (!(await found(high))) {
    if (high >= most) return null;
    [low, high] = [high, Math.min(most, high * 2)];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await found(middle)) high = middle;
    else low = middle;
  }
  return high;
}
