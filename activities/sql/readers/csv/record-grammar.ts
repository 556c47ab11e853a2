/** How the bytes of a CSV are cut into records and fields: codes of bytes, -1 for none. */
export interface Marks {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly comment: number;
  /** lines before the first record */
  readonly skip: number;
}

export const state = {
  recordStart: 0,
  fieldStart: 1,
  unquoted: 2,
  quoted: 3,
  escaped: 4,
  afterQuote: 5,
  afterSpaces: 6,
  afterReturn: 7,
  afterEmptyReturn: 8,
  comment: 9,
  skipped: 10,
} as const;
type State = (typeof state)[keyof typeof state];

/** What happens beside the change of state; a byte's entry is `state | event`. */
export const event = {
  field: 16,
  record: 32,
  emptyLine: 64,
  otherLine: 128,
  quotedLine: 256,
  quoteOpens: 512,
  textAfterQuote: 1024,
  bareReturn: 2048,
  quotedReturn: 4096,
} as const;
export const stateBits = 15;

const bytes = 256;
export const [lineFeed, carriageReturn, space] = [10, 13, 32];

/**
 * RFC 4180 as a table: for each state and byte, what comes next. Beyond it: spaces around a quoted field belong to no field, and a
 * quote within a field that does not begin with one is text.
 */
export function grammarOf({ delimiter, quote, escape, comment }: Marks): Uint16Array {
  const table = new Uint16Array(bytes * (state.skipped + 1));
  const rule = (from: State, other: number, exceptions: [number, number][]) => {
    table.fill(other, from * bytes, (from + 1) * bytes);
    for (const [byte, next] of exceptions) if (byte >= 0) table[from * bytes + byte] = next;
  };
  const field: [number, number] = [delimiter, state.fieldStart | event.field];
  const opens: [number, number] = [quote, state.quoted | event.quoteOpens];
  const end: [number, number][] = [
    [lineFeed, state.recordStart | event.record],
    [carriageReturn, state.afterReturn],
  ];
  const closed = state.recordStart | event.textAfterQuote;
  rule(state.recordStart, state.unquoted, [
    [space, state.fieldStart],
    [lineFeed, state.recordStart | event.emptyLine],
    [carriageReturn, state.afterEmptyReturn],
    [comment, state.comment],
    field,
    opens,
  ]);
  rule(state.fieldStart, state.unquoted, [[space, state.fieldStart], ...end, field, opens]);
  rule(state.unquoted, state.unquoted, [...end, field]);
  const lines: [number, number][] = [
    [lineFeed, state.quoted | event.quotedLine],
    [carriageReturn, state.quoted | event.quotedReturn],
  ];
  rule(state.quoted, state.quoted, [...lines, [escape, state.escaped], [quote, state.afterQuote]]);
  rule(state.escaped, state.quoted, lines);
  const doubled: [number, number][] = escape === quote ? [[quote, state.quoted]] : [];
  rule(state.afterQuote, closed, [[space, state.afterSpaces], ...end, ...doubled, field]);
  rule(state.afterSpaces, closed, [[space, state.afterSpaces], ...end, field]);
  const bare = state.recordStart | event.bareReturn;
  rule(state.afterReturn, bare, [[lineFeed, state.recordStart | event.record]]);
  rule(state.afterEmptyReturn, bare, [[lineFeed, state.recordStart | event.emptyLine]]);
  rule(state.comment, state.comment, [[lineFeed, state.recordStart | event.otherLine]]);
  rule(state.skipped, state.skipped, [[lineFeed, state.skipped | event.otherLine]]);
  return table;
}
