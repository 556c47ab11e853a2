/** As many from the front as stay below so many bytes of JSON: a table may be as wide as it likes, a message may not. */
export function fitting<T>(items: readonly T[], bytes: number): T[] {
  let left = bytes;
  const end = items.findIndex((item) => (left -= Buffer.byteLength(JSON.stringify(item)) + 1) < 0);
  return end === -1 ? [...items] : items.slice(0, end);
}
