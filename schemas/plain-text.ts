import { z } from 'zod';

/** Line ends and other controls, direction overrides, what cannot be seen, halves of characters. */
const isHidden = (text: string): boolean => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(text);

/**
 * What a person writes for other people: one line, and what is seen is all there is. Where a name holds something that cannot
 * be seen, two people look like one; where a reason ends its line, it goes on as whatever it likes.
 */
export const plainText = (mostCharacters: number) =>
  z
    .string()
    .trim()
    .max(mostCharacters)
    .refine(
      (text) => !isHidden(text),
      'must be one line of plain text: no line ends, tabs, control or invisible characters',
    );

/** The text as `plainText` takes it, where a program put it together from what it found. */
export const asPlainText = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]+/gu, ' ').trim();

/** The text with each hidden character as JSON writes it, `\u001b`: to be printed. Line ends and tabs stay. */
export const asVisible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : asEscapes(character),
  );

/** The same for what must stay one line, or one cell of a table. */
export const asVisibleLine = (text: string): string => asVisible(text).replaceAll(/[\n\t]+/g, ' ');

function asEscapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
