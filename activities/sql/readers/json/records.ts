import { failure } from '../../../../schemas/index.js';
import { type FieldsOf, type JsonField, textOf } from './fields.js';
import { JsonGrammar } from './grammar.js';
import { type JsonKind, kindOfWord } from './number.js';
import type { TokenReader } from './tokens.js';

/** Hears the tokens of the records alone; the record ends with its closing mark. */
export interface RecordReader {
  mark(byte: number): void;
  text(bytes: Buffer): void;
  word(bytes: Buffer, kind: JsonKind | 'missing', field: JsonField | null): void;
  recordEnd(): void;
}

const [openObject, closeObject, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d];
const comma = 0x2c;

/**
 * Finds the records of one JSON text and what their keys hold, without a table in between: lines or an array of objects, or
 * with a path (`data.items`) the objects of the list that lies there. `SOURCE_UNREADABLE` for any other shape.
 */
export class JsonRecords implements TokenReader {
  records = 0;
  line = 1;
  /** how DuckDB would have to read it */
  layout: 'array' | 'newline_delimited' | 'unstructured' = 'newline_delimited';
  readonly #grammar = new JsonGrammar();
  readonly #open: number[] = [];
  readonly #path: readonly string[];
  readonly #fields: FieldsOf;
  readonly #copy: RecordReader | null;
  /** how many containers are open around a record */
  #around = 0;
  #reached = 0;
  #wasReached = false;
  #isNextReached = false;
  #expectsKey = false;
  #field: JsonField | null = null;
  #lineOfEnd = 0;
  #lineOfStart = 0;

  constructor(path: readonly string[], fields: FieldsOf, copy: RecordReader | null = null) {
    this.#path = path;
    this.#fields = fields;
    this.#copy = copy;
    this.#around = path.length === 0 ? 0 : path.length + 1;
  }

  mark(byte: number): void {
    if (!this.#grammar.mark(byte)) throw this.#misplaced(byte);
    if (byte === openObject || byte === openList) this.#opened(byte);
    else if (byte === closeObject || byte === closeList) this.#closed(byte);
    else {
      this.#expectsKey = byte === comma && this.#open.at(-1) === openObject;
      if (byte === comma) this.#isNextReached = false;
      if (this.#isInRecord()) this.#copy?.mark(byte);
    }
  }

  text(bytes: Buffer): void {
    if (!this.#grammar.text()) throw this.#misplaced();
    if (this.#expectsKey) this.#key(bytes);
    else {
      this.#requireOnPath(null);
      this.#value('text');
    }
    if (this.#isInRecord()) this.#copy?.text(bytes);
  }

  word(bytes: Buffer): void {
    const kind = shortKind(bytes) ?? kindOfWord(bytes.toString('latin1'));
    if (kind === null) throw this.#unreadable('holds something that is no JSON value');
    if (!this.#grammar.word()) throw this.#misplaced();
    if (kind !== 'missing') this.#requireOnPath(null);
    this.#isNextReached = false;
    this.#value(kind);
    if (this.#isInRecord()) this.#copy?.word(bytes, kind, this.#isMember() ? this.#field : null);
  }

  lineEnd(): void {
    this.line += 1;
  }

  /** After the last token. */
  end(): void {
    if (this.#open.length > 0) throw this.#unreadable('ends within an object or a list');
    if (this.#path.length > 0 && this.records === 0 && !this.#wasReached)
      throw failure('SOURCE_UNREADABLE', `holds no list at "${this.#path.join('.')}"`);
  }

  #opened(byte: number): void {
    if (this.#open.length === 0 && this.#path.length === 0 && byte === openList) this.#beginArray();
    else this.#value(byte === openObject ? 'object' : 'nested');
    this.#open.push(byte);
    this.#expectsKey = byte === openObject;
    if (this.#isInRecord()) this.#copy?.mark(byte);
    if (this.#isNextReached) this.#step(byte);
  }

  #beginArray(): void {
    if (this.records > 0 || this.layout === 'array') throw this.#unreadable('goes on after its list');
    this.layout = 'array';
    this.#around = 1;
  }

  /** One more part of the path lies behind us. */
  #step(byte: number): void {
    this.#requireOnPath(byte);
    this.#isNextReached = false;
    this.#reached += 1;
    this.#wasReached ||= this.#isAtRecords();
  }

  /** Records that lie elsewhere than those of the other texts would be lost; null is a text without any. */
  #requireOnPath(opened: number | null): void {
    const depth = this.#reached + 1;
    const wanted = depth === this.#path.length ? openList : openObject;
    if (!this.#isNextReached || opened === wanted) return;
    const found = opened === null ? 'a single value' : opened === openList ? 'a list' : 'an object';
    const where = this.#path.slice(0, depth).join('.');
    const message = `line ${this.line} holds ${found} at "${where}", and no ${wanted === openList ? 'list' : 'object'}`;
    throw failure('SOURCE_UNREADABLE', message);
  }

  #closed(byte: number): void {
    const wasInRecord = this.#isInRecord();
    if (wasInRecord) this.#copy?.mark(byte);
    this.#open.pop();
    this.#expectsKey = false;
    this.#isNextReached = false;
    this.#reached = Math.min(this.#reached, Math.max(0, this.#open.length - 1));
    if (wasInRecord && !this.#isInRecord()) {
      this.#lineOfEnd = this.line;
      if (this.line !== this.#lineOfStart && this.layout !== 'array') this.layout = 'unstructured';
      this.#copy?.recordEnd();
    }
  }

  #value(kind: JsonKind | 'object' | 'missing'): void {
    if (this.#isMember()) return this.#note(kind === 'object' ? 'nested' : kind);
    if (this.#open.length !== this.#around || !this.#isAtRecords()) return this.#outside();
    if (kind !== 'object')
      throw this.#unreadable(`is ${kind === 'nested' ? 'a list' : 'a single value'}, and no object`, 1);
    this.records += 1;
    this.#fields.begin();
    this.#lineOfStart = this.line;
    if (this.layout !== 'array' && this.line === this.#lineOfEnd) this.layout = 'unstructured';
  }

  /** Only a path has anything around its records. */
  #outside(): void {
    if (this.#open.length === 0 && this.layout === 'array') throw this.#unreadable('goes on after its list');
  }

  #key(bytes: Buffer): void {
    this.#expectsKey = false;
    const depth = this.#open.length;
    if (this.#isMember()) this.#field = this.#fields.named(bytes);
    else if (depth <= this.#path.length && this.#reached === depth - 1)
      this.#isNextReached = textOf(bytes) === this.#path[depth - 1];
  }

  #note(kind: JsonKind | 'missing'): void {
    if (kind === 'missing' || this.#field === null) return;
    const known = this.#field.kinds.get(kind);
    if (known === undefined) this.#field.kinds.set(kind, { count: 1, first: this.#fields.records });
    else known.count += 1;
  }

  #isAtRecords = (): boolean => this.#reached === this.#path.length;
  #isInRecord = (): boolean => this.#open.length > this.#around && this.#isAtRecords();
  #isMember = (): boolean => this.#open.length === this.#around + 1 && this.#isAtRecords();

  #misplaced(byte?: number) {
    if ((byte === closeObject || byte === closeList) && this.#open.at(-1) !== byte - 2)
      return this.#unreadable('closes what was not opened');
    const what = byte === undefined ? 'a value' : `"${String.fromCharCode(byte)}"`;
    return this.#unreadable(`is no JSON: there is ${what} where none may be`);
  }

  #unreadable(why: string, later = 0) {
    return failure('SOURCE_UNREADABLE', `record ${Math.max(1, this.records + later)} (line ${this.line}) ${why}`);
  }
}

const [minus, point, zero, nine] = [0x2d, 0x2e, 0x30, 0x39];

/** Most numbers without looking twice: at most 15 bytes of digits, with at most one point in between; null for any other word. */
function shortKind(bytes: Buffer): 'integer' | 'number' | null {
  const from = bytes[0] === minus ? 1 : 0;
  const last = bytes.length - 1;
  if (last > 14 || last < from || (bytes[from] === zero && last > from && bytes[from + 1] !== point)) return null;
  let points = 0;
  for (let at = from; at <= last; at++) {
    const byte = bytes[at] as number;
    if (byte === point && at > from && at < last) points += 1;
    else if (byte < zero || byte > nine) return null;
  }
  return points > 1 ? null : points === 1 ? 'number' : 'integer';
}
