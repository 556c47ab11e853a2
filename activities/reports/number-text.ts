/** How reports write numbers: the same number is the same text on every machine, so nothing asks for a locale. */

/** Thousands apart by a thin space: 1234567 → "1 234 567". */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202F');
}

/** A share as a percentage; what is there but too small to show is not shown as none. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** Three significant places for what is near 1, fewer for what is large; "–" is unknown. */
export function decimalText(value: number | null, places = 3): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (Math.abs(value) >= 10_000 || Math.abs(value) < 10 ** -places) return value.toPrecision(3);
  return value.toFixed(Math.abs(value) >= 100 ? 1 : places);
}

/** With its sign: a gap of +0.031 is not one of −0.031. */
export function signedText(value: number | null, places = 3): string {
  if (value === null) return '–';
  return `${value < 0 ? '−' : '+'}${decimalText(Math.abs(value), places)}`;
}

/** At most so many characters, the last one "…" where there were more. */
export function shortText(text: string, most: number): string {
  const characters = [...text.slice(0, most * 2)];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
