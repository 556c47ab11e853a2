const unitMilliseconds: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a duration that `DurationText` admitted: "30 seconds", "1 day", "500ms". */
export function durationMilliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|mil|[smhdw])/.exec(text);
  const unit = match?.[2] === 'mil' ? 'ms' : match?.[2];
  if (!match || unit === undefined) return Number.NaN;
  return Number(match[1]) * (unitMilliseconds[unit] ?? 0);
}
