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

/** The first moment after the UTC day that `ms` lies in. */
export function dayEnd(ms: number): number {
  return dayStart(ms) + dayMs;
}
