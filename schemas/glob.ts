/** A pattern of paths, read but not yet tried: one of `alternatives` must fit, part by part between the slashes. */
export interface Glob {
  readonly alternatives: readonly (readonly GlobPart[])[];
}

/** One part of a path: any number of folders (`**` alone), or what each character of a name must be. */
export type GlobPart = 'folders' | readonly GlobCharacter[];

export type GlobCharacter =
  | { readonly kind: 'anyNumber' }
  | { readonly kind: 'any' }
  | { readonly kind: 'exactly'; readonly character: string }
  | { readonly kind: 'oneOf'; readonly isNegated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Matching takes time by all of them, and whoever writes a path is not whoever runs the worker. */
const globLimits = { length: 1000, wildcards: 32, alternatives: 32 };

/**
 * `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `**` for any number of folders, as shells read them; everything else stands for
 * itself. A string says what is wrong with it.
 */
export function readGlob(text: string): Glob | string {
  if (text.length > globLimits.length) return `must have at most ${globLimits.length} characters`;
  const tokens = text.match(/\[[^\]/]*\]|\*+|[\s\S]/gu) ?? [];
  const wrong = tokens.map(wrongSet).find((fault) => fault !== null);
  if (wrong !== undefined) return wrong;
  if (tokens.filter(isWildcard).length > globLimits.wildcards)
    return `must have at most ${globLimits.wildcards} wildcards (*, ?, [a-z])`;
  const pieces = piecesOf(tokens);
  if (pieces === null) return 'has a "{" that is never closed; write it as in {april,may}.csv, or ? for the character';
  if (countOf(pieces) > globLimits.alternatives)
    return `must stand for at most ${globLimits.alternatives} alternatives ({a,b})`;
  return { alternatives: alternativesOf(pieces).map(partsOf) };
}

const isWildcard = (token: string): boolean =>
  token.startsWith('*') || token === '?' || (token.length > 2 && token.startsWith('['));

const howSets = 'write it as in [a-z].csv, or ? for the character';

function wrongSet(token: string): string | null {
  if (token === '[') return `has a "[" that is never closed; ${howSets}`;
  if (!token.startsWith('[')) return null;
  const { ranges } = setOf(token);
  if (ranges.length === 0) return `has a set of no characters, ${token}; ${howSets}`;
  return ranges.some(([from, to]) => from > to) ? `has a range that runs backwards, ${token}; ${howSets}` : null;
}

/** Text, or one of several sequences. */
type Piece = string | readonly Piece[][];

/** null where a brace never closes. A comma outside of braces is a comma, and so is a brace that closes nothing. */
function piecesOf(tokens: readonly string[]): Piece[] | null {
  const open: Piece[][][] = [[[]]]; // the innermost brace last, each the choices so far
  for (const token of tokens) {
    const choices = open.at(-1) ?? [];
    const isInBraces = open.length > 1;
    if (token === '{') open.push([[]]);
    else if (token === ',' && isInBraces) choices.push([]);
    else if (token === '}' && isInBraces)
      open
        .at(-2)
        ?.at(-1)
        ?.push(open.pop() ?? []);
    else choices.at(-1)?.push(token);
  }
  return open.length === 1 ? (open[0]?.[0] ?? []) : null;
}

const countOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((count, piece) => count * (typeof piece === 'string' ? 1 : sum(piece.map(countOf))), 1);

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

/** Called only where they are few. */
function alternativesOf(pieces: readonly Piece[]): string[][] {
  return pieces.reduce<string[][]>(
    (before, piece) => {
      const next = typeof piece === 'string' ? [[piece]] : piece.flatMap(alternativesOf);
      return before.flatMap((tokens) => next.map((more) => [...tokens, ...more]));
    },
    [[]],
  );
}

function partsOf(tokens: readonly string[]): GlobPart[] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token === '/') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.map((part) => (part.length === 1 && part[0] === '**' ? 'folders' : part.map(characterOf)));
}

function characterOf(token: string): GlobCharacter {
  if (token.startsWith('*')) return { kind: 'anyNumber' };
  if (token === '?') return { kind: 'any' };
  return isWildcard(token) ? { kind: 'oneOf', ...setOf(token) } : { kind: 'exactly', character: token };
}

function setOf(token: string): { isNegated: boolean; ranges: [string, string][] } {
  const inside = [...token.slice(1, -1)];
  const isNegated = inside[0] === '!' || inside[0] === '^';
  const ranges: [string, string][] = [];
  for (let at = isNegated ? 1 : 0; at < inside.length; at += 1) {
    const from = inside[at] ?? '';
    const isRange = inside[at + 1] === '-' && at + 2 < inside.length;
    ranges.push([from, isRange ? (inside[at + 2] ?? from) : from]);
    if (isRange) at += 2;
  }
  return { isNegated, ranges };
}
