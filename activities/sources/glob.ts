import type { Glob, GlobCharacter, GlobPart } from '../../schemas/index.js';

/**
 * Whether a path (parts with "/" between) fits a glob, part by part and character by character. The time is that of the
 * lengths multiplied, whatever the glob: what a stranger wrote never becomes a regular expression.
 */
export function isMatch({ alternatives }: Glob, path: string): boolean {
  const parts = path.split('/').map((part) => [...part]);
  return alternatives.some((glob) => inOrder(glob, parts, folders));
}

interface Fitting<P, T> {
  /** this pattern stands for any number of items */
  isAnyNumber(pattern: P): boolean;
  fits(pattern: P, item: T): boolean;
}

const characters: Fitting<GlobCharacter, string> = {
  isAnyNumber: ({ kind }) => kind === 'anyNumber',
  fits: isCharacter,
};

const folders: Fitting<GlobPart, readonly string[]> = {
  isAnyNumber: (part) => part === 'folders',
  fits: (part, name) => part !== 'folders' && inOrder(part, name, characters),
};

/**
 * Where a pattern does not fit, the last "any number" before it takes one item more; an earlier one never has to, so that
 * each item is looked at once for each item before it at most.
 */
function inOrder<P, T>(patterns: readonly P[], items: readonly T[], { isAnyNumber, fits }: Fitting<P, T>): boolean {
  let [pattern, item] = [0, 0];
  let last: { pattern: number; item: number } | null = null;
  while (item < items.length) {
    const [wanted, given] = [patterns[pattern], items[item] as T];
    if (wanted !== undefined && isAnyNumber(wanted)) last = { pattern: pattern++, item };
    else if (wanted !== undefined && fits(wanted, given)) [pattern, item] = [pattern + 1, item + 1];
    else if (last === null) return false;
    else [pattern, item] = [last.pattern + 1, ++last.item];
  }
  return patterns.slice(pattern).every(isAnyNumber);
}

function isCharacter(wanted: GlobCharacter, character: string): boolean {
  switch (wanted.kind) {
    case 'anyNumber':
    case 'any':
      return true;
    case 'exactly':
      return wanted.character === character;
    case 'oneOf':
      return wanted.ranges.some(([from, to]) => from <= character && character <= to) !== wanted.isNegated;
  }
}
