/** What a JSON value is, as far as its column's type goes. */
export type JsonKind = 'text' | 'integer' | 'longInteger' | 'number' | 'longNumber' | 'none' | 'boolean' | 'nested';

const jsonNumber = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** Python and JavaScript libraries write them, though JSON has none. */
const noNumbers = new Set(['NaN', 'Infinity', '-Infinity', '-NaN', 'nan', 'inf', '-inf']);
/** So many significant digits survive a normal double whatever they are; of more, it has to say them again. */
const [safeDigits, mostDigits] = [15, 100];
const smallestNormal = 2 ** -1022;
const largestWhole = 2n ** 53n;
const [smallestLong, largestLong] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * The kind of a word of JSON; null where it is none, `missing` for null. `integer` is whole and exact in a double too,
 * `longInteger` only in 64 bits, `number` is one that a double keeps, `longNumber` one that neither keeps.
 */
export function kindOfWord(word: string): JsonKind | 'missing' | null {
  if (word === 'null') return 'missing';
  if (word === 'true' || word === 'false') return 'boolean';
  if (noNumbers.has(word)) return 'none';
  const number = jsonNumber.exec(word);
  if (number === null) return null;
  const [, fraction, exponent] = number;
  if (fraction === undefined && exponent === undefined) return kindOfWhole(word);
  return kindOfDecimal(word);
}

function kindOfDecimal(word: string): JsonKind {
  const digits = significantDigits(word);
  const size = Math.abs(Number(word));
  if (size === Infinity) return 'number'; // beyond what a model can take: missing, and told
  if (digits === '' || (digits.length <= safeDigits && size >= smallestNormal)) return 'number';
  if (significantDigits(String(size)) === digits) return 'number'; // half-way between two, which `toPrecision` rounds up
  const isSame = digits.length <= mostDigits && significantDigits(size.toPrecision(digits.length)) === digits;
  return isSame ? 'number' : 'longNumber';
}

function kindOfWhole(word: string): JsonKind {
  if (word.length <= 15) return 'integer';
  const value = BigInt(word);
  if (value < smallestLong || value > largestLong) return kindOfDecimal(word);
  return value > largestWhole || value < -largestWhole ? 'longInteger' : 'integer';
}

/** Zeros that only say how large a number is are none. */
function significantDigits(word: string): string {
  const [mantissa = ''] = word.toLowerCase().split('e', 1);
  const digits = mantissa.replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.slice(0, digits.length - trailingZeros(digits));
}

function trailingZeros(digits: string): number {
  let zeros = 0;
  while (digits.at(-1 - zeros) === '0') zeros++;
  return zeros;
}
