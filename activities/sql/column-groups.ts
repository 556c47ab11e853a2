const columnsAtOnce = 50;

/** Columns in groups, of which one statement asks at once: a table may be as wide as it likes, a statement may not. */
export function columnGroups<T>(columns: readonly T[], size = columnsAtOnce): (readonly T[])[] {
  return Array.from({ length: Math.ceil(columns.length / size) }, (_, i) => columns.slice(i * size, (i + 1) * size));
}
