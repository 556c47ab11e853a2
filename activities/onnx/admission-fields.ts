import { failure } from '../../schemas/index.js';
import { type ProtobufField, protobufFields, varints } from './protobuf-reader.js';

/** What to do with each known field of a message; a field that is not listed is refused. */
export type Fields = Readonly<Record<number, (field: ProtobufField) => void>>;

export const ignored = () => {};

export function read(what: string, bytes: Uint8Array, fields: Fields): void {
  for (const field of protobufFields(bytes)) {
    const use = fields[field.field];
    if (use === undefined) throw refused(`has the field ${field.field} in a ${what}, which is not admitted`);
    use(field);
  }
}

export function text({ bytes }: ProtobufField): string {
  return Buffer.from(bytes).toString('utf8');
}

export function refused(why: string, cause?: unknown) {
  return failure('MODEL_REFUSED', `The ONNX file ${why}.`, { why, cause: cause });
}

/** Repeated whole numbers: one a field, or all of them packed into one. */
export function numbers({ wireType, number, bytes }: ProtobufField): number[] {
  return wireType === 0 ? [signed(number)] : [...varints(bytes)].map(signed);
}

export const signed = (number: bigint) => Number(BigInt.asIntN(64, number));
