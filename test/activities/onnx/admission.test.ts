import { describe, expect, it } from 'vitest';
import { admitModel } from '../../../activities/onnx/admission.js';
import { buildOnnxModel } from '../../../activities/onnx/model-graph.js';
import { valueInfo } from '../../../activities/onnx/onnx-graph.js';
import { floatBytes, ProtobufMessage } from '../../../activities/onnx/protobuf.js';

const message = () => new ProtobufMessage();

interface Crafted {
  nodes?: ProtobufMessage[];
  initializers?: ProtobufMessage[];
  domain?: string;
  opset?: number;
  more?: (model: ProtobufMessage) => ProtobufMessage;
}

/** A model that is admitted, but for what is crafted into it. */
function crafted({ nodes = [], initializers = [], domain = '', opset = 17, more = (m) => m }: Crafted): Uint8Array {
  const graph = message();
  for (const proto of [node('Identity', ['x'], ['y']), ...nodes]) graph.bytes(1, proto);
  graph.bytes(2, 'crafted');
  for (const initializer of initializers) graph.bytes(5, initializer);
  graph.bytes(11, valueInfo('x', 'float', ['N'])).bytes(12, valueInfo('y', 'float', ['N']));
  const model = message().int(1, 8).bytes(7, graph).bytes(8, message().bytes(1, domain).int(2, opset));
  return more(model).finish();
}

function node(
  op: string,
  inputs: string[],
  outputs: string[],
  { domain = '', attribute }: { domain?: string; attribute?: ProtobufMessage } = {},
) {
  const proto = message();
  for (const input of inputs) proto.bytes(1, input);
  for (const output of outputs) proto.bytes(2, output);
  proto.bytes(4, op);
  if (attribute) proto.bytes(5, attribute);
  return domain === '' ? proto : proto.bytes(7, domain);
}

const tensor = () => message().ints(1, [1]).int(2, 1);
/** A tensor of which only the shape is of interest. */
const shaped = (name: string, dimensions: number[]) => message().ints(1, dimensions).int(2, 1).bytes(8, name);
const external = tensor()
  .bytes(8, 'w')
  .bytes(13, message().bytes(1, 'location').bytes(2, '../../../etc/passwd'))
  .int(14, 1);
const subgraph = message().bytes(1, 'body').bytes(6, message().bytes(2, 'inner')).int(20, 5);

describe('admitModel', () => {
  it('admits what we build and says what is in it', () => {
    const model = buildOnnxModel({
      task: 'binary',
      inputs: [{ name: 'x', type: 'number' }],
      features: [{ kind: 'numeric', name: 'x', column: 'x' }],
      fitted: { kind: 'linear', weights: [1], bias: 0, fill: [0], mean: [0], scale: [1] },
    });
    expect(admitModel(model)).toMatchObject({ inputs: ['x'], outputs: ['probability'] });
    expect(admitModel(crafted({}))).toEqual({ nodes: 1, inputs: ['x'], outputs: ['y'] });
  });

  it.each<[string, Uint8Array]>([
    ['external data of an initializer', crafted({ initializers: [external] })],
    ['external data by location alone', crafted({ initializers: [tensor().int(14, 1)] })],
    [
      'external data of an attribute',
      crafted({
        nodes: [node('Constant', [], ['c'], { attribute: message().bytes(1, 'value').bytes(5, external).int(20, 4) })],
      }),
    ],
    ['an unknown domain', crafted({ domain: 'com.example' })],
    ['a node of an unknown domain', crafted({ nodes: [node('Identity', ['x'], ['z'], { domain: 'com.microsoft' })] })],
    ['Loop', crafted({ nodes: [node('Loop', ['x'], ['z'])] })],
    ['If', crafted({ nodes: [node('If', ['x'], ['z'])] })],
    ['Scan', crafted({ nodes: [node('Scan', ['x'], ['z'])] })],
    [
      'a subgraph in an innocent operator',
      crafted({ nodes: [node('Identity', ['x'], ['z'], { attribute: subgraph })] }),
    ],
    ['ZipMap', crafted({ nodes: [node('ZipMap', ['x'], ['z'], { domain: 'ai.onnx.ml' })] })],
    ['a random operator', crafted({ nodes: [node('RandomNormal', [], ['z'])] })],
    ['a local function', crafted({ more: (m) => m.bytes(25, message().bytes(1, 'f')) })],
    ['training information', crafted({ more: (m) => m.bytes(20, message()) })],
    ['a second graph', crafted({ more: (m) => m.bytes(7, message().bytes(2, 'again')) })],
    [
      'a sparse initializer',
      message().int(1, 8).bytes(7, message().bytes(15, message())).bytes(8, message().int(2, 17)).finish(),
    ],
    ['a new opset', crafted({ opset: 99 })],
    ['a new IR version', crafted({ more: (m) => m.int(1, 99) })],
    [
      'a size that is a number',
      crafted({
        nodes: [node('ConstantOfShape', ['w'], ['z'])],
        initializers: [
          tensor()
            .bytes(9, floatBytes([1]))
            .bytes(8, 'w'),
        ],
      }),
    ],
    [
      'doubling by Concat',
      crafted({
        nodes: Array.from({ length: 20 }, (_, i) =>
          node('Concat', [i ? `c${i}` : 'x', i ? `c${i}` : 'x'], [`c${i + 1}`]),
        ),
      }),
    ],
    [
      'a column plus a row of constants, which are a billion numbers together',
      crafted({
        nodes: [node('Add', ['a', 'b'], ['z'])],
        initializers: [shaped('a', [30_000, 1]), shaped('b', [1, 30_000])],
      }),
    ],
    [
      'the same by a product, behind operators that keep the shape',
      crafted({
        nodes: [node('Neg', ['a'], ['c']), node('Transpose', ['a'], ['d']), node('MatMul', ['c', 'd'], ['z'])],
        initializers: [shaped('a', [30_000, 1])],
      }),
    ],
    [
      'a row that is gathered again and again',
      crafted({
        nodes: [node('Gather', ['a', 'i'], ['z'])],
        initializers: [shaped('a', [1, 30_000]), shaped('i', [30_000])],
      }),
    ],
    [
      'a Constant that is stretched',
      crafted({
        nodes: [
          node('Constant', [], ['a'], {
            attribute: message()
              .bytes(1, 'value')
              .bytes(5, shaped('', [30_000, 1]))
              .int(20, 4),
          }),
          node('Mul', ['a', 'b'], ['z']),
        ],
        initializers: [shaped('b', [30_000])],
      }),
    ],
    [
      'more than 100,000 nodes',
      crafted({ nodes: Array.from({ length: 100_001 }, () => node('Identity', ['x'], ['z'])) }),
    ],
    ['more than 64 MiB', new Uint8Array(64 * 1024 * 1024 + 1)],
    ['trailing garbage', Buffer.concat([crafted({}), Buffer.from('garbage')])],
    ['trailing zeros', Buffer.concat([crafted({}), Buffer.alloc(8)])],
    ['a cut file', crafted({}).subarray(0, -3)],
    ['no graph', message().int(1, 8).finish()],
    ['nothing', new Uint8Array(0)],
    ['a text', Buffer.from('#!/bin/sh\necho hello\n')],
  ])('refuses %s', (_, bytes) => {
    expect(() => admitModel(bytes)).toThrow(expect.objectContaining({ type: 'MODEL_REFUSED' }));
  });

  it('admits constants that stay small, also where they are stretched', () => {
    const nodes = [
      node('Add', ['x', 'a'], ['p']),
      node('Add', ['a', 'b'], ['q']),
      node('MatMul', ['x', 'w'], ['r']),
      node('Gather', ['w', 'i'], ['s']),
    ];
    const initializers = [shaped('a', [100, 1]), shaped('b', [1, 100]), shaped('w', [2000, 1]), shaped('i', [3])];
    expect(admitModel(crafted({ nodes, initializers }))).toMatchObject({ nodes: 5 });
  });

  it('refuses, never crashes, whatever byte is changed', () => {
    const good = crafted({});
    const codes = [...good.keys()].map((at) => {
      const bad = Uint8Array.from(good);
      bad[at] = bad[at]! ^ 0xff;
      return refusalOf(bad);
    });
    expect(codes.every((code) => code === null || code === 'MODEL_REFUSED')).toBe(true);
  });
});

/** Null when it is admitted. */
function refusalOf(bytes: Uint8Array): unknown {
  try {
    admitModel(bytes);
    return null;
  } catch (error) {
    return (error as { type?: unknown }).type;
  }
}
