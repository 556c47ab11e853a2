/**
 * Writes one protobuf message: the wire format in the order of the calls, so that equal calls give equal bytes.
 * Source: protobuf.dev/programming-guides/encoding. Field 1 = 150 is 08 96 01.
 */
export class ProtobufMessage {
  readonly #chunks: Uint8Array[] = [];

  /** int64 or enum. */
  int(field: number, value: number | bigint): this {
    this.#chunks.push(varint(tag(field, 0)), varint(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#chunks.push(varint(tag(field, 5)), floatBytes([value]));
    return this;
  }

  /** string, bytes or message. */
  bytes(field: number, value: string | Uint8Array | ProtobufMessage): this {
    const bytes = bytesOf(value);
    this.#chunks.push(varint(tag(field, 2)), varint(bytes.length), bytes);
    return this;
  }

  floats(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, floatBytes(values));
  }

  ints(field: number, values: readonly (number | bigint)[]): this {
    return this.bytes(field, concatenated(values.map(varint)));
  }

  finish(): Uint8Array {
    return concatenated(this.#chunks);
  }
}

/** Little-endian float32. */
export function floatBytes(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true);
  return bytes;
}

/** Little-endian float64. */
export function doubleBytes(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i]!, true);
  return bytes;
}

/** Little-endian int64. */
export function int64Bytes(values: readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigInt64(i * 8, BigInt(value), true));
  return bytes;
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

/** Seven bits a byte, lowest first; a negative number is its 64-bit two's complement. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function bytesOf(value: string | Uint8Array | ProtobufMessage): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return value instanceof ProtobufMessage ? value.finish() : value;
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(chunks);
}
