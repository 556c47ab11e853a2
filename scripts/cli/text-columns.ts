import { asVisibleLine } from '../../schemas/index.js';

/** Rows as aligned columns, the first row being the heads. */
export function columns(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(asVisibleLine));
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
