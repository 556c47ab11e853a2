import type { JsonField } from './fields.js';
import type { JsonKind } from './number.js';
import type { RecordReader } from './records.js';

const quote = '"';

/** Records as they come, one a line, for `take` to carry away. */
export class RecordLines implements RecordReader {
  readonly #quoted: ReadonlySet<string>;
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  constructor(quoted: ReadonlySet<string>) {
    this.#quoted = quoted;
  }

  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  mark(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  text(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  word(bytes: Buffer, kind: JsonKind | 'missing', field: JsonField | null): void {
    if (kind === 'none') this.text(Buffer.from('null'));
    else if (kind === 'missing' || field === null || !this.#quoted.has(field.name)) this.text(bytes);
    else this.text(Buffer.from(quote + bytes.toString('latin1') + quote));
  }

  recordEnd(): void {
    this.text(Buffer.from('\n'));
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
