import { ignored, numbers, read, refused, signed, text } from './admission-fields.js';
import type { AdmissionNode } from './admission-growth.js';
import type { ProtobufField } from './protobuf-reader.js';

export function readNode(bytes: Uint8Array): AdmissionNode {
  const node = { op: '', domain: '', inputs: [] as string[], outputs: [] as string[] };
  const attributes: Attribute[] = [];
  read('node', bytes, {
    1: (field) => node.inputs.push(text(field)),
    2: (field) => node.outputs.push(text(field)),
    3: ignored,
    4: (field) => (node.op = text(field)),
    5: (field) => attributes.push(readAttribute(field.bytes)),
    6: ignored,
    7: (field) => (node.domain = text(field)),
    9: ignored,
  });
  return { ...node, domain: node.domain === 'ai.onnx' ? '' : node.domain, ...shapedBy(node.op, attributes) };
}

interface Attribute {
  readonly name: string;
  readonly int: number;
  readonly ints: readonly number[];
  readonly tensor: readonly number[] | null;
}

/** What of the attributes decides the shape of the output. */
function shapedBy(op: string, attributes: readonly Attribute[]): Pick<AdmissionNode, 'constant' | 'axis' | 'perm'> {
  const named = (name: string) => attributes.find((attribute) => attribute.name === name);
  const [value, axis, perm] = [named('value'), named('axis'), named('perm')];
  return {
    ...(op === 'Constant' && value?.tensor ? { constant: value.tensor } : {}),
    ...(axis ? { axis: axis.int } : {}),
    ...(perm ? { perm: perm.ints } : {}),
  };
}

/** Numbers, texts and tensors; graphs, types, sparse tensors and references to a function's attributes are refused. */
function readAttribute(bytes: Uint8Array): Attribute {
  const attribute = { name: '', int: 0, ints: [] as number[], tensor: null as readonly number[] | null };
  read('attribute', bytes, {
    1: (field) => (attribute.name = text(field)),
    2: ignored,
    3: ({ number }) => (attribute.int = signed(number)),
    4: ignored,
    5: (field) => (attribute.tensor = readTensor(field.bytes).shape),
    7: ignored,
    8: (field) => attribute.ints.push(...numbers(field)),
    9: ignored,
    10: (field) => readTensor(field.bytes),
    13: ignored,
    20: ignored,
  });
  return attribute;
}

/** Fields 13 and 14 are external data and where data lies: a path on the host. */
export function readTensor(bytes: Uint8Array): { readonly name: string; readonly shape: readonly number[] } {
  let name = '';
  const shape: number[] = [];
  const inline = ({ number }: ProtobufField) => {
    if (number !== 0n) throw refused('keeps tensor data outside the file');
  };
  const here = [2, 4, 5, 6, 7, 9, 10, 11, 12].map((field) => [field, ignored]);
  const external = () => {
    throw refused('keeps tensor data outside the file');
  };
  read('tensor', bytes, {
    ...Object.fromEntries(here),
    1: (field) => shape.push(...numbers(field)),
    8: (field) => (name = text(field)),
    13: external,
    14: inline,
  });
  return { name, shape };
}
