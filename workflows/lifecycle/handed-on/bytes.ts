import { utf8ToBytes } from '@noble/hashes/utils.js';

/** What stands in a state is replaced and never changed in place, so that each value is measured once. */
const measured = new WeakMap<object, number>();

/** The bytes of a value as it travels: JSON in UTF-8. */
export function bytesOf(value: object): number {
  const known = measured.get(value);
  if (known !== undefined) return known;
  const bytes = measureNow(value);
  measured.set(value, bytes);
  return bytes;
}

/** The same for what changes in place. */
export const measureNow = (value: unknown): number => utf8ToBytes(JSON.stringify(value) ?? '').length;

export const bytesOfAll = (values: readonly object[]): number =>
  values.reduce<number>((sum, v) => sum + bytesOf(v) + 1, 0);

/** Leaves out the oldest until the rest is no larger; the newest always stays. */
export function keepWithin(ring: object[], bytes: number): void {
  let sum = bytesOfAll(ring);
  while (sum > bytes && ring.length > 1) sum -= bytesOf(ring.shift() ?? {}) + 1;
}
