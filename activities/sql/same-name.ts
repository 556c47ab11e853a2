/** Whether a column is named among others, as SQL compares names: in whatever letters. */
export const isNamedIn = (names: readonly string[], name: string): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());
