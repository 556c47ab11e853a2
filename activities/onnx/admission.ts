import { ignored, read, refused, text } from './admission-fields.js';
import { type AdmissionNode, checkGrowth } from './admission-growth.js';
import { readNode, readTensor } from './admission-node.js';
import { admittedOperators } from './admitted-operators.js';
import { checkConstants } from './constant-growth.js';
import type { ProtobufField } from './protobuf-reader.js';

export interface AdmittedModel {
  readonly nodes: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const limits = { bytes: 64 * 1024 * 1024, nodes: 100_000, growth: 10_000, constants: 64 * 1024 * 1024 };
const versions = { ir: [3, 11], '': [9, 23], 'ai.onnx': [9, 23], 'ai.onnx.ml': [1, 4] } as const;

/**
 * Reads an ONNX file and refuses (MODEL_REFUSED) what may read files, hang, exhaust memory or hide something: external
 * data, unknown domains and operators, subgraphs (If, Loop, Scan), functions, sparse tensors, training information,
 * more than 64 MiB or 100,000 nodes, and bytes that are no field of the format. Packaging and the model server use it.
 */
export function admitModel(bytes: Uint8Array): AdmittedModel {
  if (bytes.length > limits.bytes) throw refused(`is ${bytes.length} bytes; at most ${limits.bytes} are admitted`);
  try {
    return admitted(readModel(bytes));
  } catch (error) {
    if (error instanceof RangeError) throw refused(`is no ONNX: ${error.message}`, error);
    throw error;
  }
}

/**
 * What each input of an admitted model is made of, as `TensorProto.DataType` numbers it: 1 float, 7 int64, 8 string, 9 bool,
 * 11 double.
 */
export function elementTypesOf(bytes: Uint8Array): ReadonlyMap<string, number> {
  return new Map(readModel(bytes).inputs.map(({ name, elementType }) => [name, elementType]));
}

interface Graph {
  readonly nodes: AdmissionNode[];
  readonly inputs: Value[];
  readonly outputs: Value[];
  /** shapes of the tensors that the file brings, by name */
  readonly constants: Map<string, readonly number[]>;
}

function admitted(graph: Graph): AdmittedModel {
  if (graph.nodes.length > limits.nodes)
    throw refused(`has ${graph.nodes.length} nodes; at most ${limits.nodes} are admitted`);
  for (const { op, domain } of graph.nodes) {
    if (!admittedOperators(domain).has(op))
      throw refused(`uses the operator ${domain === '' ? op : `${domain}.${op}`}`);
  }
  const growth =
    checkGrowth(graph.nodes, limits.growth) ?? checkConstants(graph.nodes, graph.constants, limits.constants);
  if (growth !== null) throw refused(growth);
  const names = (values: readonly Value[]) => values.map(({ name }) => name);
  return { nodes: graph.nodes.length, inputs: names(graph.inputs), outputs: names(graph.outputs) };
}

function readModel(bytes: Uint8Array): Graph {
  const graphs: Graph[] = [];
  const opsets = new Map<string, bigint>();
  let ir = 0n;
  read('model', bytes, {
    1: ({ number }) => (ir = number),
    2: ignored,
    3: ignored,
    4: ignored,
    5: ignored,
    6: ignored,
    7: ({ bytes: graph }) => graphs.push(readGraph(graph)),
    8: ({ bytes: opset }) => opsets.set(...readOpset(opset)),
    14: ignored,
  });
  checkVersion('IR version', ir, versions.ir);
  for (const [domain, version] of opsets) checkDomain(domain, version);
  const [graph, ...others] = graphs;
  if (graph === undefined || others.length > 0) throw refused('does not hold exactly one graph');
  return graph;
}

function checkDomain(domain: string, version: bigint): void {
  if (!Object.hasOwn(versions, domain) || domain === 'ir') throw refused(`uses the operator domain "${domain}"`);
  checkVersion(`opset of "${domain}"`, version, versions[domain as keyof typeof versions]);
}

function checkVersion(what: string, version: bigint, [low, high]: readonly [number, number]): void {
  if (version < low || version > high) throw refused(`has ${what} ${version}; ${low} to ${high} are admitted`);
}

function readOpset(bytes: Uint8Array): [string, bigint] {
  let domain = '';
  let version = 0n;
  read('opset', bytes, { 1: (field) => (domain = text(field)), 2: ({ number }) => (version = number) });
  return [domain, version];
}

function readGraph(bytes: Uint8Array): Graph {
  const graph: Graph = { nodes: [], inputs: [], outputs: [], constants: new Map() };
  read('graph', bytes, {
    1: (field) => graph.nodes.push(readNode(field.bytes)),
    2: ignored,
    5: (field) => {
      const { name, shape } = readTensor(field.bytes);
      graph.constants.set(name, shape);
    },
    10: ignored,
    11: (field) => graph.inputs.push(readValueInfo(field.bytes)),
    12: (field) => graph.outputs.push(readValueInfo(field.bytes)),
    13: ignored,
    16: ignored,
  });
  return graph;
}

interface Value {
  readonly name: string;
  readonly elementType: number;
}

/** An input or output, which must be a plain tensor: no map or sequence, as ZipMap gives. */
function readValueInfo(bytes: Uint8Array): Value {
  const value = { name: '', elementType: 0 };
  const element = ({ number }: ProtobufField) => (value.elementType = Number(number));
  const tensor = (field: ProtobufField) => read('tensor type', field.bytes, { 1: element, 2: ignored });
  const type = (field: ProtobufField) => read('type of an input or output', field.bytes, { 1: tensor, 6: ignored });
  read('value', bytes, { 1: (field) => (value.name = text(field)), 2: type, 3: ignored, 4: ignored });
  return value;
}
