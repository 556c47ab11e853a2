import { failure } from '../../../../schemas/index.js';
import type { JsonKind } from './number.js';

/** What one key of the records holds: how many values of each kind, and the first record of each. */
export interface JsonField {
  readonly name: string;
  readonly kinds: Map<JsonKind, { count: number; first: number }>;
}

/** The keys of a source's records, of all its files together, in the order in which they came first. */
export class FieldsOf {
  readonly fields: JsonField[] = [];
  /** of all files so far */
  records = 0;
  readonly #texts: Buffer[] = [];
  readonly #places = new Map<string, number>();
  #last = -1;

  begin(): void {
    this.records += 1;
    this.#last = -1;
  }

  /** Records mostly have their keys in one order: the next one is tried first. */
  named(bytes: Buffer): JsonField {
    const next = this.#last + 1;
    this.#last = this.#texts[next]?.equals(bytes) === true ? next : this.#placeOf(bytes);
    return this.fields[this.#last] as JsonField;
  }

  #placeOf(bytes: Buffer): number {
    const name = textOf(bytes);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#places.set(name, this.fields.length);
    this.#texts.push(Buffer.from(bytes));
    return this.fields.push({ name, kinds: new Map() }) - 1;
  }
}

export function textOf(bytes: Buffer): string {
  try {
    return String(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw failure('SOURCE_UNREADABLE', 'has a key that is no JSON string');
  }
}
