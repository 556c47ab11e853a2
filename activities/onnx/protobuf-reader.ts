/** One field of a message: a number (varint, fixed) or bytes. */
export interface ProtobufField {
  readonly field: number;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly number: bigint;
  readonly bytes: Uint8Array;
}

const none = new Uint8Array(0);

/** The fields of a message, strictly: throws a RangeError on anything that is not exactly a sequence of fields. */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  const reader = new Reader(message);
  while (!reader.done) {
    const tag = reader.varint();
    const field = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (field < 1 || field > 0x1fffffff) throw new RangeError(`field number ${field}`);
    if (wireType === 0) yield { field, wireType, number: reader.varint(), bytes: none };
    else if (wireType === 1) yield { field, wireType, number: 0n, bytes: reader.take(8) };
    else if (wireType === 2) yield { field, wireType, number: 0n, bytes: reader.take(Number(reader.varint())) };
    else if (wireType === 5) yield { field, wireType, number: 0n, bytes: reader.take(4) };
    else throw new RangeError(`wire type ${wireType}`);
  }
}

/** Numbers that are packed into one field. */
export function* varints(packed: Uint8Array): Generator<bigint> {
  const reader = new Reader(packed);
  while (!reader.done) yield reader.varint();
}

class Reader {
  #at = 0;
  readonly #message: Uint8Array;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  get done(): boolean {
    return this.#at === this.#message.length;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (!Number.isSafeInteger(length) || end > this.#message.length) throw new RangeError('a field runs past the end');
    const bytes = this.#message.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) throw new RangeError('a number runs past the end');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number is longer than 64 bits');
  }
}
