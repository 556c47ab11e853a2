import type { ColumnType } from '../../../../../schemas/index.js';

/** One way in which the texts of a column are values. Its SQL takes the SQL of a text that is not null. */
export interface Kind {
  readonly type: ColumnType;
  /** what its values are called, in the plural */
  readonly words: string;
  /** told where it was found out and another one was thinkable */
  readonly note?: string;
  /** of times: how they are written */
  readonly timeFormat?: string;
  /** day and month in one order or the other, of which only one may fit */
  readonly order?: { readonly family: string; readonly first: 'day' | 'month' };
  /** whether a text may be one: what is not told by this is ruled out, and `test` has the last word */
  looks(text: string): boolean;
  test(text: string): string;
  value(text: string): string;
  /** the same of texts without blanks around them, which nearly all are: looking for blanks costs more than all the rest */
  readonly bare?: Pick<Kind, 'test' | 'value'>;
}

/** SQL of a text without the blanks around it. */
export type Trimmed = (text: string) => string;

/** A kind whose values may have blanks around them. */
export function trimmedKind(kind: (trimmed: Trimmed) => Kind): Kind {
  return { ...kind((text) => `trim(${text})`), bare: kind((text) => text) };
}

/** Whether a text is one, in SQL. What is one without its blanks cut off is the same one with them cut off. */
export const isOne = ({ bare, test }: Kind, text: string): string =>
  bare === undefined ? test(text) : `CASE WHEN ${bare.test(text)} THEN true ELSE ${test(text)} END`;

/** What every text is. */
export const stringKind: Kind = {
  type: 'string',
  words: 'texts',
  looks: () => true,
  test: () => 'true',
  value: (text) => text,
};
