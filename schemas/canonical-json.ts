import canonicalizeModule from 'canonicalize';

// The package types its CommonJS default export as a namespace under nodenext.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** RFC 8785 canonical JSON: equal values give equal text, so the text may be hashed. NaN and Infinity throw. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('undefined has no JSON form');
  return text;
}
