/**
 * A name as DuckDB compares names: only A to Z have a small letter. With all of Unicode's, "\u212A" would be "k".
 */
export const keyOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a column is named among others, as SQL compares names: in whatever letters. */
export const isNamedIn = (names: readonly string[], name: string): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());
