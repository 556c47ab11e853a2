import { type Dimension, type ElementType, valueInfo } from '../../../activities/onnx/onnx-graph.js';
import { ProtobufMessage } from '../../../activities/onnx/protobuf.js';

/** An input or an output; a list of floats unless it says otherwise. */
export interface Value {
  readonly name: string;
  readonly type?: ElementType;
  readonly shape?: Dimension[];
}

/** A graph of the given nodes, each `[operator, inputs, output, attribute?]`. */
export function craftedModel(
  inputs: Value[],
  outputs: Value[],
  nodes: [string, string[], string, ProtobufMessage?][],
): Uint8Array {
  const graph = new ProtobufMessage();
  for (const [op, from, to, attribute] of nodes) {
    const node = new ProtobufMessage();
    for (const name of from) node.bytes(1, name);
    node.bytes(2, to).bytes(4, op);
    graph.bytes(1, attribute === undefined ? node : node.bytes(5, attribute));
  }
  graph.bytes(2, 'crafted');
  const info = ({ name, type = 'float', shape = ['N'] }: Value) => valueInfo(name, type, shape);
  for (const input of inputs) graph.bytes(11, info(input));
  for (const output of outputs) graph.bytes(12, info(output));
  const opset = new ProtobufMessage().bytes(1, '').int(2, 17);
  return new ProtobufMessage().int(1, 8).bytes(7, graph).bytes(8, opset).finish();
}

/** The attribute of a node that is one whole number. */
export const intAttribute = (name: string, value: number) =>
  new ProtobufMessage().bytes(1, name).int(20, 2).int(3, value);
