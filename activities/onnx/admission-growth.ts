export interface AdmissionNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** the shape of the tensor that it holds, where it is a Constant */
  readonly constant?: readonly number[];
  readonly axis?: number;
  readonly perm?: readonly number[];
}

/** Operators whose output is as large as a number says, at this input. */
const shapeInputs: Readonly<Record<string, number>> = { ConstantOfShape: 0, Expand: 1 };

/**
 * Why a graph may grow its data beyond reason, or null: a size that is not the shape of another value, or Concat on
 * Concat (twenty of them double a row a million times). Nodes are in topological order, as ONNX demands.
 */
export function checkGrowth(nodes: readonly AdmissionNode[], limit: number): string | null {
  const shapes = new Set<string>();
  const growth = new Map<string, number>();
  for (const node of nodes) {
    const shapeInput = shapeInputs[node.op];
    if (shapeInput !== undefined && !shapes.has(node.inputs[shapeInput] ?? '')) return `sizes ${node.op} by a number`;
    const own = grownBy(node, growth);
    if (own > limit) return `grows its data more than ${limit} times by Concat`;
    for (const output of node.outputs) growth.set(output, own);
    if (node.op === 'Shape') for (const output of node.outputs) shapes.add(output);
  }
  return null;
}

/** Values that no node made count 1; a Concat adds up. */
function grownBy({ op, inputs }: AdmissionNode, growth: ReadonlyMap<string, number>): number {
  const sizes = inputs.map((name) => growth.get(name) ?? 1);
  return op === 'Concat' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(1, ...sizes);
}
