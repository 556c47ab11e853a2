import { asVisibleLine } from './plain-text.js';

/**
 * Text of strangers (names of columns, reasons, answers) within Markdown: it stays one line, and no mark-up, link or cell of
 * a table begins in it. Entities, because they mean the same to every reader of Markdown, in tables too.
 */
export const escapeMarkdown = (text: string): string =>
  asVisibleLine(text).replaceAll(
    /[&<>\\`|*[\]~$#]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu,
    (character) => `&#${character.charCodeAt(0)};`,
  );

/** The same in code letters: between backticks wherever that is safe. */
export function codeSpan(text: string): string {
  const line = asVisibleLine(text);
  return /^[^`|<>\\&]+$/.test(line) ? `\`${line}\`` : `<code>${escapeMarkdown(text)}</code>`;
}

/** The text for those who see it as it stands, in a terminal or as plain text. */
export const unescapeMarkdown = (text: string): string =>
  text.replace(/&#(\d{1,5});/g, (_, code: string) => String.fromCharCode(Number(code)));
