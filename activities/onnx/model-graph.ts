import { type Column, type Feature, failure, type Task } from '../../schemas/index.js';
import type { FittedModel, Tree } from '../../statistics/learners/learner.js';
import type { Link } from '../../statistics/learners/link.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { domains, elementTypes, OnnxGraph, tensor } from './onnx-graph.js';
import { declareInputs, type GraphInput, graphInput, preprocessingGraph } from './preprocessing-graph.js';
import { floatBytes } from './protobuf.js';

export interface ModelToPackage {
  readonly task: Task;
  /** the dataset's columns that a request carries, in order */
  readonly inputs: readonly Column[];
  /** names of those that had a value in every training row; none when absent */
  readonly complete?: readonly string[];
  readonly features: readonly Feature[];
  readonly fitted: FittedModel;
}

/**
 * The whole model as ONNX, from the dataset's own columns to a probability or a number. Equal models give equal bytes.
 * MODEL_REFUSED when a column has the name of the output: one graph cannot hold both.
 */
export function buildOnnxModel({ task, inputs, complete = [], features, fitted }: ModelToPackage): Uint8Array {
  const { answer, link } = tasks[task];
  const { output } = answer;
  const clash = inputs.find(({ name }) => name === output);
  if (clash !== undefined) {
    throw failure('MODEL_REFUSED', `A column is called "${output}", as the model's output is. Rename the column.`, {
      column: output,
    });
  }
  const graph = new OnnxGraph(inputs.map(({ name }) => name));
  const score = scoreOf(graph, {
    inputs: inputs.map((column) => graphInput(column, { complete, features })),
    features,
    fitted,
  });
  const sum = withConstant(graph, link, { score, constant: constantOf(fitted) });
  const answered = link.operator === null ? sum : graph.node(link.operator, [sum]);
  return graph.finish(answered, { name: output, type: link.precision }, `temporal-mlops ${fitted.kind}`);
}

/** What is the same for every row: the bulk of a large label, which leaves float32 no digits for what differs. */
function constantOf(fitted: FittedModel): number {
  switch (fitted.kind) {
    case 'constant':
      return fitted.value;
    case 'linear':
      return fitted.bias;
    case 'trees':
      return fitted.base;
  }
}

/** Added last, in the precision of the answer. */
function withConstant(graph: OnnxGraph, { precision }: Link, { score, constant }: { score: string; constant: number }) {
  if (precision === 'float') return graph.node('Add', [score, graph.floats([constant], [1])]);
  const double = graph.node('Cast', [score], { to: { kind: 'int', value: elementTypes.double } });
  return graph.node('Add', [double, graph.doubles([constant], [1])]);
}

interface Scoring extends Pick<ModelToPackage, 'features' | 'fitted'> {
  readonly inputs: readonly GraphInput[];
}

/** Everything but the constant; float[N]. */
function scoreOf(graph: OnnxGraph, { inputs, features, fitted }: Scoring): string {
  if (fitted.kind === 'constant') return noughts(graph, inputs);
  const matrix = preprocessingGraph(graph, inputs, features);
  return flat(graph, fitted.kind === 'linear' ? linearScore(graph, matrix, fitted) : treeScore(graph, matrix, fitted));
}

/** As many as the first input has rows; float[N]. */
function noughts(graph: OnnxGraph, inputs: readonly GraphInput[]): string {
  const [first] = declareInputs(graph, inputs).values();
  const shape = graph.node('Shape', [first!.value]);
  return graph.node('ConstantOfShape', [shape], {
    value: { kind: 'tensor', value: tensor('float', floatBytes([0]), [1]) },
  });
}

/** Σ weight · (x − mean) / scale, with `fill` where x is missing. */
function linearScore(graph: OnnxGraph, matrix: string, model: Extract<FittedModel, { kind: 'linear' }>): string {
  const width = model.weights.length;
  const isMissing = graph.node('IsNaN', [matrix]);
  const filled = graph.node('Where', [isMissing, graph.floats(model.fill, [1, width]), matrix]);
  const centred = graph.node('Sub', [filled, graph.floats(model.mean, [1, width])]);
  const scaled = graph.node('Div', [centred, graph.floats(model.scale, [1, width])]);
  return graph.node('MatMul', [scaled, graph.floats(model.weights, [width, 1])]);
}

/**
 * One TreeEnsembleRegressor. Not the classifier, whose LOGISTIC would do what Sigmoid does, and whose second output
 * nobody asks for.
 */
function treeScore(graph: OnnxGraph, matrix: string, { trees }: Extract<FittedModel, { kind: 'trees' }>): string {
  const nodes = trees.flatMap((tree, t) => tree.feature.map((_, node) => nodeOf(tree, t, node)));
  const leaves = nodes.filter((node) => node.mode === 'LEAF');
  const ints = (value: number[]) => ({ kind: 'ints', value }) as const;
  const floats = (value: number[]) => ({ kind: 'floats', value }) as const;
  return graph.node({ op: 'TreeEnsembleRegressor', domain: domains.ml }, [matrix], {
    aggregate_function: { kind: 'string', value: 'SUM' },
    n_targets: { kind: 'int', value: 1 },
    nodes_treeids: ints(nodes.map(({ tree }) => tree)),
    nodes_nodeids: ints(nodes.map(({ node }) => node)),
    nodes_featureids: ints(nodes.map(({ feature }) => feature)),
    nodes_modes: { kind: 'strings', value: nodes.map(({ mode }) => mode) },
    nodes_values: floats(nodes.map(({ threshold }) => threshold)),
    nodes_truenodeids: ints(nodes.map(({ left }) => left)),
    nodes_falsenodeids: ints(nodes.map(({ right }) => right)),
    nodes_missing_value_tracks_true: ints(nodes.map(({ missingLeft }) => missingLeft)),
    post_transform: { kind: 'string', value: 'NONE' },
    target_treeids: ints(leaves.map(({ tree }) => tree)),
    target_nodeids: ints(leaves.map(({ node }) => node)),
    target_ids: ints(leaves.map(() => 0)),
    target_weights: floats(leaves.map(({ value }) => value)),
  });
}

function nodeOf(tree: Tree, treeId: number, node: number) {
  const isLeaf = tree.feature[node]! < 0;
  return {
    tree: treeId,
    node,
    mode: isLeaf ? 'LEAF' : 'BRANCH_LEQ',
    feature: isLeaf ? 0 : tree.feature[node]!,
    threshold: tree.threshold[node]!,
    left: tree.left[node]!,
    right: tree.right[node]!,
    missingLeft: Number(tree.missingLeft[node]!),
    value: tree.value[node]!,
  };
}

/** [N, 1] → [N]. */
function flat(graph: OnnxGraph, value: string): string {
  return graph.node('Reshape', [value, graph.ints([-1], [1])]);
}
