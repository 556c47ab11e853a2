import { carriageReturn, event, grammarOf, type Marks, state, stateBits } from './record-grammar.js';

export interface Fault {
  /** counted from 1, as an editor does */
  readonly line: number;
  readonly what: string;
}

/** Where records go that are written anew: their bytes without the line's end. */
export interface RecordSink {
  bytes(chunk: Buffer): void;
  endRecord(): void;
}

export interface ScanUntil {
  readonly sink?: RecordSink;
  /** stops after so many records; then `recordLine` is where the next one begins */
  readonly records?: number;
}

/**
 * Counts the records of a CSV byte by byte, apart from the reader that takes their values: each has as many fields as the
 * first, a quoted field is closed, and nothing follows it. It guesses nothing, and so it says what a reader must find.
 */
export class CsvScanner {
  /** the first one; nothing is read after it */
  fault: Fault | null = null;
  records = 0;
  /** fields of the first record; 0 until it has ended */
  width = 0;
  /** where the record that is being read begins */
  recordLine = 1;
  longestRecord = 0;
  /** the first record's bytes */
  readonly first: Buffer[] = [];
  readonly lineEnds = { bare: 0, withReturn: 0 };
  /** lines that a reader would take for records: comments, skipped ones, empty ones before the first record */
  otherLines = 0;

  /** records of several lines: where a reader begins in the middle of a file, it takes their lines for records */
  hasLinesInQuotes = false;

  readonly #grammar: Uint16Array;
  readonly #skip: number;
  readonly #until: ScanUntil;
  #state: number;
  #line = 1;
  #fields = 1;
  #quoteLine = 1;
  #bytes = 0;
  /** the chunk before this one */
  #endedWithReturn = false;

  constructor(marks: Marks, until: ScanUntil = {}) {
    this.#grammar = grammarOf(marks);
    this.#skip = marks.skip;
    this.#until = until;
    this.#state = marks.skip > 0 ? state.skipped : state.recordStart;
  }

  get isDone(): boolean {
    return this.fault !== null || this.records >= (this.#until.records ?? Number.POSITIVE_INFINITY);
  }

  push(chunk: Buffer): void {
    const grammar = this.#grammar;
    let begin = 0;
    for (let i = 0; i < chunk.length && !this.isDone; i++) {
      // the hot loop: one look-up a byte, until something happens
      let next = this.#state;
      while (i < chunk.length) {
        next = grammar[((next & stateBits) << 8) | (chunk[i] as number)] as number;
        if (next > stateBits) {
          if (next !== fieldEnds) break;
          this.#fields++;
        }
        i++;
      }
      this.#state = next & stateBits;
      if (i < chunk.length) begin = this.#act(next - this.#state, chunk, { begin, at: i });
    }
    if (!this.isDone && isWithin(this.#state)) this.#keep(chunk, begin, chunk.length - returnBytes(this.#state));
    this.#endedWithReturn = returnBytes(this.#state) > 0;
  }

  /** After the last byte; the last record may have no line end. */
  end(): void {
    if (this.isDone) return;
    if (this.#state === state.quoted || this.#state === state.escaped)
      this.#fail(this.#quoteLine, 'opens a quote that is never closed');
    else if (returnBytes(this.#state) > 0) this.#fail(this.#line, bareReturn);
    else if (isWithin(this.#state)) this.#endRecord();
  }

  /** Answers where the next record begins in the chunk. */
  #act(what: number, chunk: Buffer, { begin, at }: { begin: number; at: number }): number {
    switch (what) {
      case event.quoteOpens:
        this.#quoteLine = this.#line;
        return begin;
      case event.quotedLine:
        this.hasLinesInQuotes = true;
        this.#line++;
        return begin;
      case event.quotedReturn:
        this.hasLinesInQuotes = true;
        return begin;
      case event.textAfterQuote:
        this.#failAfterQuote();
        return begin;
      case event.bareReturn:
        this.#fail(this.#line, bareReturn);
        return begin;
      case event.otherLine:
        this.otherLines++;
        if (this.#line >= this.#skip) this.#state = state.recordStart;
        break;
      default:
        this.#endLine(what === event.record || this.width === 1, chunk, { begin, at });
    }
    this.#line++;
    this.recordLine = this.#line;
    return at + 1;
  }

  #endLine(isRecord: boolean, chunk: Buffer, { begin, at }: { begin: number; at: number }): void {
    const isWithReturn = at > 0 ? chunk[at - 1] === carriageReturn : this.#endedWithReturn;
    if (isWithReturn) this.lineEnds.withReturn++;
    else this.lineEnds.bare++;
    if (!isRecord) {
      if (this.width === 0) this.otherLines++;
      return;
    }
    this.#keep(chunk, begin, Math.max(begin, isWithReturn ? at - 1 : at));
    this.#endRecord();
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const kept = chunk.subarray(from, to);
    this.#bytes += kept.length;
    if (this.width === 0) this.first.push(Buffer.from(kept));
    this.#until.sink?.bytes(kept);
  }

  #endRecord(): void {
    if (this.width === 0) this.width = this.#fields;
    if (this.#fields !== this.width) {
      const fields = `has ${this.#fields} ${this.#fields === 1 ? 'field' : 'fields'}`;
      return this.#fail(this.recordLine, `${fields}, the first record has ${this.width}`);
    }
    this.records++;
    this.longestRecord = Math.max(this.longestRecord, this.#bytes);
    this.#until.sink?.endRecord();
    this.#fields = 1;
    this.#bytes = 0;
  }

  /** Where a quote is forgotten, it is the next quote that closes it, some lines later: the fault is where it opened. */
  #failAfterQuote(): void {
    if (this.#quoteLine === this.#line) return this.#fail(this.#line, 'has text after a closing quote');
    this.#fail(this.#quoteLine, `opens a quote that is not closed before line ${this.#line}`);
  }

  #fail(line: number, what: string): void {
    this.fault = { line, what };
  }
}

const bareReturn = 'has a carriage return that no line feed follows';
const fieldEnds = state.fieldStart | event.field;

/** Whether the bytes so far are part of a record that has not ended. */
const isWithin = (at: number): boolean => at !== state.recordStart && at < state.afterEmptyReturn;

const returnBytes = (at: number): number => (at === state.afterReturn || at === state.afterEmptyReturn ? 1 : 0);
