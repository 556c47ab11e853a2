import { quoteText } from './sql-quote.js';

/** These files and no others: DuckDB reads the name of a file as a pattern. */
export const fileList = (files: readonly string[]): string =>
  `[${files.map((file) => quoteText(asPattern(file))).join(', ')}]`;

/** The pattern that is this name alone. */
export const asPattern = (file: string): string => file.replaceAll(/[*?[]/g, '[$&]');
