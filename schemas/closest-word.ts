/** The word that was most likely meant, in whatever letters; null where none is near. */
export function closest(word: string, words: readonly string[]): string | null {
  const near = words
    .map((other) => ({ other, distance: editDistance(word.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= Math.max(2, word.length / 3) ? near.other : null;
}

const mostShown = 20;

/** ` Did you mean "status"?`, or else what there is; nothing where there is nothing. */
export function suggestion(word: string, words: readonly string[]): string {
  const near = closest(word, words);
  if (near !== null) return ` Did you mean "${near}"?`;
  const shown = words.slice(0, mostShown).join(', ');
  const more = words.length > mostShown ? ', …' : '';
  return words.length === 0 ? '' : ` There ${words.length === 1 ? 'is' : 'are'}: ${shown}${more}.`;
}

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment). "stauts" and "status" are 1 apart. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const least = Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1);
      row.push(isSwapped ? Math.min(least, at(i - 2, j - 2) + 1) : least);
    }
  }
  return at(a.length, b.length);
}
