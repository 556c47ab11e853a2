/**
 * A deterministic stream of numbers in [0, 1), the same on every machine: xoshiro128** 1.1 (Blackman & Vigna, 2018),
 * 32 bits a number, period 2^128 − 1. Not for secrets. A number seeds like its decimal text: 7 and "7" are one stream.
 */
export function seededRandom(seed: number | string): () => number {
  const next = xoshiro128StarStar(stateFromText(String(seed)));
  return () => next() / 2 ** 32;
}

/** A shuffled copy, every order equally likely: Fisher–Yates (Durstenfeld, 1964). */
export function seededShuffle<T>(items: readonly T[], seed: number | string): T[] {
  const random = seededRandom(seed);
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

/**
 * k distinct indices below n, ascending, every set equally likely; all n when k ≥ n. O(k log k).
 * Source: R. W. Floyd, in Bentley, Programming Pearls: A sample of brilliance (1987).
 */
export function sampleIndices(n: number, k: number, random: () => number): number[] {
  const chosen = new Set<number>();
  for (let last = n - Math.min(k, n); last < n; last++) {
    const candidate = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(candidate) ? last : candidate);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The generator itself: whole numbers below 2^32. State [1, 2, 3, 4] gives 11520, 0, 5927040, 70819200. */
export function xoshiro128StarStar(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four 32-bit words, never all zero in practice: FNV-1a over the text, a different start for each, mixed by murmur3's finaliser. */
function stateFromText(text: string): [number, number, number, number] {
  const word = (salt: number) => {
    let hash = 0x811c9dc5 ^ salt;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
  return [word(0x9e3779b9), word(0x3c6ef372), word(0xdaa66d2b), word(0x78dde6e4)];
}
