import type { Task } from '../../schemas/index.js';
import { tasks } from '../tasks/tasks.js';
import type { FeatureRows, FittedModel, Tree } from './learner.js';

/**
 * What the model answers for `columns[feature][row]`: a probability for a binary task, else the number. Values are
 * compared as float32, as ONNX Runtime does; sums are float64, so answers may differ from its float32 in the 7th digit.
 */
export function scoreModel(model: FittedModel, task: Task, { columns, rows }: FeatureRows): Float64Array {
  return rawScores(model, columns, rows).map(tasks[task].link.answer);
}

/** The leaf that a row falls into. */
export function treeValue(tree: Tree, columns: readonly Float32Array[], row: number): number {
  let node = 0;
  for (let feature = tree.feature[0]!; feature >= 0; feature = tree.feature[node]!) {
    const x = columns[feature]![row]!;
    const left = Number.isNaN(x) ? tree.missingLeft[node]! : x <= tree.threshold[node]!;
    node = left ? tree.left[node]! : tree.right[node]!;
  }
  return tree.value[node]!;
}

function rawScores(model: FittedModel, columns: readonly Float32Array[], rows: number): Float64Array {
  switch (model.kind) {
    case 'constant':
      return new Float64Array(rows).fill(model.value);
    case 'linear':
      return linearScores(model, columns, rows);
    case 'trees':
      return Float64Array.from({ length: rows }, (_, row) =>
        model.trees.reduce((sum, tree) => sum + treeValue(tree, columns, row), model.base),
      );
  }
}

type LinearModel = Extract<FittedModel, { kind: 'linear' }>;

/** bias + Σ weight · (x − mean) / scale, with `fill` for a missing x. */
function linearScores(model: LinearModel, columns: readonly Float32Array[], rows: number): Float64Array {
  const scores = new Float64Array(rows).fill(model.bias);
  columns.forEach((column, f) => {
    const { weight, fill, mean, scale } = linearTerm(model, f);
    for (let row = 0; row < rows; row++) {
      const x = column[row]!;
      scores[row]! += (weight * ((Number.isNaN(x) ? fill : x) - mean)) / scale;
    }
  });
  return scores;
}

function linearTerm({ weights, fill, mean, scale }: LinearModel, f: number) {
  return { weight: weights[f]!, fill: fill[f]!, mean: mean[f]!, scale: scale[f]! };
}
