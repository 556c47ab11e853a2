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
}

/** What every text is. */
export const stringKind: Kind = {
  type: 'string',
  words: 'texts',
  looks: () => true,
  test: () => 'true',
  value: (text) => text,
};
