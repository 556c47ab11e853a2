import { doubleBytes, floatBytes, int64Bytes, ProtobufMessage } from './protobuf.js';

/** Numbers of onnx.proto's TensorProto.DataType. */
export const elementTypes = { float: 1, int64: 7, string: 8, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof elementTypes;

export const domains = { onnx: '', ml: 'ai.onnx.ml' } as const;
/** Opset 17, ai.onnx.ml 3 and IR 8 (2022) are read by every ONNX Runtime from 1.12 on. */
const opsets = [
  { domain: domains.onnx, version: 17 },
  { domain: domains.ml, version: 3 },
];
const irVersion = 8;

/** A size, or the name of one that is known only when the model runs. */
export type Dimension = number | string;

export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: ProtobufMessage }
  | { readonly kind: 'floats'; readonly value: ArrayLike<number> }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** Field numbers of onnx.proto's AttributeProto, and its AttributeType. */
const attributeForms = {
  float: { field: 2, type: 1 },
  int: { field: 3, type: 2 },
  string: { field: 4, type: 3 },
  tensor: { field: 5, type: 4 },
  floats: { field: 7, type: 6 },
  ints: { field: 8, type: 7 },
  strings: { field: 9, type: 8 },
} as const;

/**
 * A model under construction. Every call gives the name of the value it made; names are numbered and begin with a
 * prefix that no input has, so columns may be called anything.
 */
export class OnnxGraph {
  readonly #nodes: ProtobufMessage[] = [];
  readonly #initializers: ProtobufMessage[] = [];
  readonly #inputs: ProtobufMessage[] = [];
  readonly #prefix: string;
  #count = 0;

  constructor(inputNames: readonly string[]) {
    let prefix = '_';
    while (inputNames.some((name) => name.startsWith(prefix))) prefix += '_';
    this.#prefix = prefix;
  }

  input(name: string, type: ElementType, dimensions: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, dimensions));
    return name;
  }

  /** An operator of the standard, or of one of its other domains: `{ op, domain }`. Gives the name of its output. */
  node(
    operator: string | { readonly op: string; readonly domain: string },
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const { op, domain } = typeof operator === 'string' ? { op: operator, domain: domains.onnx } : operator;
    const output = this.#fresh(op);
    const node = new ProtobufMessage();
    for (const input of inputs) node.bytes(1, input);
    node.bytes(2, output).bytes(3, output).bytes(4, op);
    for (const [name, attribute] of Object.entries(attributes)) node.bytes(5, attributeProto(name, attribute));
    this.#nodes.push(domain === '' ? node : node.bytes(7, domain));
    return output;
  }

  floats(values: ArrayLike<number>, dimensions: readonly number[]): string {
    return this.#initializer(tensor('float', floatBytes(values), dimensions));
  }

  doubles(values: ArrayLike<number>, dimensions: readonly number[]): string {
    return this.#initializer(tensor('double', doubleBytes(values), dimensions));
  }

  ints(values: readonly (number | bigint)[], dimensions: readonly number[]): string {
    return this.#initializer(tensor('int64', int64Bytes(values), dimensions));
  }

  /** The model's bytes, with `value` renamed to its one output, N numbers of the type. */
  finish(value: string, output: { name: string; type: ElementType }, graphName: string): Uint8Array {
    const identity = new ProtobufMessage()
      .bytes(1, value)
      .bytes(2, output.name)
      .bytes(3, this.#fresh('Identity'))
      .bytes(4, 'Identity');
    const graph = new ProtobufMessage();
    for (const node of [...this.#nodes, identity]) graph.bytes(1, node);
    graph.bytes(2, graphName);
    for (const initializer of this.#initializers) graph.bytes(5, initializer);
    for (const input of this.#inputs) graph.bytes(11, input);
    graph.bytes(12, valueInfo(output.name, output.type, ['N']));
    const model = new ProtobufMessage().int(1, irVersion).bytes(2, 'temporal-mlops').bytes(7, graph);
    for (const { domain, version } of opsets) model.bytes(8, new ProtobufMessage().bytes(1, domain).int(2, version));
    return model.finish();
  }

  #initializer(proto: ProtobufMessage): string {
    const name = this.#fresh('constant');
    this.#initializers.push(proto.bytes(8, name));
    return name;
  }

  #fresh(what: string): string {
    this.#count += 1;
    return `${this.#prefix}${what}_${this.#count}`;
  }
}

/** TensorProto with raw data (little-endian); its name is set by who holds it. */
export function tensor(type: ElementType, raw: Uint8Array, dimensions: readonly number[]): ProtobufMessage {
  return new ProtobufMessage().ints(1, dimensions).int(2, elementTypes[type]).bytes(9, raw);
}

export function valueInfo(name: string, type: ElementType, dimensions: readonly Dimension[]): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const dimension of dimensions) shape.bytes(1, dimensionProto(dimension));
  const tensorType = new ProtobufMessage().int(1, elementTypes[type]).bytes(2, shape);
  return new ProtobufMessage().bytes(1, name).bytes(2, new ProtobufMessage().bytes(1, tensorType));
}

function dimensionProto(dimension: Dimension): ProtobufMessage {
  return typeof dimension === 'number'
    ? new ProtobufMessage().int(1, dimension)
    : new ProtobufMessage().bytes(2, dimension);
}

function attributeProto(name: string, attribute: Attribute): ProtobufMessage {
  const { field, type } = attributeForms[attribute.kind];
  const proto = new ProtobufMessage().bytes(1, name).int(20, type);
  switch (attribute.kind) {
    case 'float':
      return proto.float(field, attribute.value);
    case 'int':
      return proto.int(field, attribute.value);
    case 'string':
    case 'tensor':
      return proto.bytes(field, attribute.value);
    case 'floats':
      return proto.floats(field, attribute.value);
    case 'ints':
      return proto.ints(field, attribute.value);
    case 'strings':
      return attribute.value.reduce((message, text) => message.bytes(field, text), proto);
  }
}
