import type { AdmissionNode } from './admission-growth.js';

type Shape = readonly number[];
type ShapeRule = (inputs: readonly Shape[], node: AdmissionNode) => Shape | null;

const mostDimensions = 32;

/** Operators that stretch their inputs to one common shape. */
const broadcasting =
  'Add Sub Mul Div Mod Pow Min Max Mean Sum Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Where PRelu';
/** Operators whose output is shaped as their first input. */
const keeping =
  'Identity Cast Neg Abs Sqrt Exp Log Reciprocal Floor Ceil Round Sign Erf Sin Cos Tanh Sigmoid Relu Not IsNaN Clip';

const rules: Readonly<Record<string, ShapeRule>> = {
  ...ruleFor(broadcasting, (inputs) => inputs.reduce<Shape | null>((a, b) => a && broadcast(a, b), [])),
  ...ruleFor(keeping, ([first = []]) => first),
  MatMul: ([a = [], b = []]) => matrixProduct(a, b),
  Gather: ([data = [], indices = []], { axis = 0 }) => {
    const at = axis < 0 ? axis + data.length : axis;
    return [...data.slice(0, at), ...indices, ...data.slice(at + 1)];
  },
  Transpose: ([data = []], { perm }) => (perm === undefined ? data.toReversed() : perm.map((i) => data[i] ?? 1)),
};

/**
 * Why the constants of a graph may outgrow memory when they are folded, or null: a column plus a row of 30,000 numbers
 * each are 900 million. Shapes are followed where they are plain to see; what is not is left to the limit of memory.
 */
export function checkConstants(
  nodes: readonly AdmissionNode[],
  constants: ReadonlyMap<string, Shape>,
  limit: number,
): string | null {
  const shapes = new Map([...constants].filter(([, shape]) => shape.length <= mostDimensions));
  for (const node of nodes) {
    const shape = node.constant ?? inferred(node, shapes);
    if (shape === null) continue;
    if (shape.length > mostDimensions) return `makes a value of ${shape.length} dimensions by ${node.op}`;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    if (size > limit) return `makes ${size} numbers of its constants by ${node.op}`;
    for (const output of node.outputs) shapes.set(output, shape);
  }
  return null;
}

function inferred(node: AdmissionNode, shapes: ReadonlyMap<string, Shape>): Shape | null {
  const inputs = node.inputs.map((name) => shapes.get(name));
  const known = inputs.filter((shape) => shape !== undefined);
  return known.length === inputs.length ? (rules[node.op]?.(known, node) ?? null) : null;
}

/** From the last dimension on, one of two is 1 or both are the same. */
function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, i: number) => shape[i - (rank - shape.length)] ?? 1;
  const pairs = Array.from({ length: rank }, (_, i) => [at(a, i), at(b, i)] as const);
  if (pairs.some(([x, y]) => x !== y && x !== 1 && y !== 1)) return null;
  return pairs.map(([x, y]) => (x === 1 ? y : x));
}

function matrixProduct(a: Shape, b: Shape): Shape | null {
  if (a.length < 2 || b.length < 2) return null;
  const outer = broadcast(a.slice(0, -2), b.slice(0, -2));
  return outer && [...outer, a.at(-2) ?? 1, b.at(-1) ?? 1];
}

function ruleFor(operators: string, rule: ShapeRule): Record<string, ShapeRule> {
  return Object.fromEntries(operators.split(' ').map((operator) => [operator, rule]));
}
