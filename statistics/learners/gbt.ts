import { sampleIndices, seededRandom } from '../random.js';
import { tasks } from '../tasks/tasks.js';
import { type BinnedRows, binRows } from './gbt-bins.js';
import { type Gradients, Histograms } from './gbt-histogram.js';
import { type GrownTree, growTree } from './gbt-tree.js';
import type { Learner, LearningJob, Matrix, Tree } from './learner.js';
import type { Link } from './link.js';
import { readParameters, searchSpace } from './parameters.js';
import { treeValue } from './score.js';

const table = {
  trees: { values: [100, 200, 50], min: 1, max: 5000, integer: true },
  learningRate: { values: [0.1, 0.05, 0.2], min: 0.001, max: 1 },
  maxDepth: { values: [6, 4, 8], min: 1, max: 16, integer: true },
  maxLeaves: { values: [31, 15, 63], min: 2, max: 1024, integer: true },
  /** smallest sum of hessians in a leaf: rows for a number, rows × p (1 − p) for a probability */
  minChildWeight: { values: [10, 1, 50], min: 0.001, max: 1e9 },
  l2: { values: [1, 0, 10], min: 0, max: 1e9 },
  /** share of rows, and of features, drawn for each tree */
  rowShare: { values: [1, 0.7], min: 0.01, max: 1 },
  featureShare: { values: [1, 0.7], min: 0.01, max: 1 },
  maxBins: { values: [255], min: 2, max: 255, integer: true },
  /** stops after as many trees without a better validation loss, and keeps the best; 0 never stops */
  earlyStoppingRounds: { values: [20], min: 0, max: 5000, integer: true },
} as const;
type GbtParameters = ReturnType<typeof readParameters<typeof table>>;

/**
 * Gradient-boosted trees on histograms (Friedman, 2001; second-order steps as in XGBoost, 2016; leaf-wise growth as in
 * LightGBM, 2017): logistic loss for a binary label, squared error for a number. Missing values learn a direction.
 */
export const gbt: Learner = {
  name: 'gbt',
  tasks: ['binary', 'regression'],
  space: searchSpace(table),
  train: (job) => new Boosting(job, readParameters('gbt', table, job.parameters)).run(),
};

class Boosting {
  readonly #trees: Tree[] = [];
  readonly #base: number;
  readonly #binned: BinnedRows;
  readonly #histograms: Histograms;
  readonly #scores: Float64Array;
  readonly #gradients: Gradients;
  readonly #stopping: EarlyStopping;
  readonly #random: () => number;
  readonly #allRows: Int32Array;
  readonly #job: LearningJob;
  readonly #link: Link;
  readonly #parameters: GbtParameters;

  constructor(job: LearningJob, parameters: GbtParameters) {
    const { train, task } = job;
    this.#job = job;
    this.#link = tasks[task].link;
    this.#parameters = parameters;
    this.#base = this.#link.start(train.labels);
    this.#binned = binRows(train.columns, parameters.maxBins);
    this.#histograms = new Histograms(this.#binned);
    this.#scores = new Float64Array(train.rows).fill(this.#base);
    this.#gradients = { gradient: new Float64Array(train.rows), hessian: new Float64Array(train.rows).fill(1) };
    this.#stopping = new EarlyStopping(job.validation, this.#link, {
      base: this.#base,
      rounds: parameters.earlyStoppingRounds,
    });
    this.#random = seededRandom(job.seed);
    this.#allRows = Int32Array.from(train.labels.keys());
  }

  run() {
    const { trees } = this.#parameters;
    while (this.#trees.length < trees && this.#addTree()) this.#job.onProgress(this.#trees.length / trees);
    this.#job.onProgress(1);
    return { kind: 'trees', base: this.#base, trees: this.#trees.slice(0, this.#stopping.bestTrees(trees)) } as const;
  }

  /** Whether another tree may help. */
  #addTree(): boolean {
    setGradients(this.#link, this.#job.train.labels, { scores: this.#scores, ...this.#gradients });
    const rows = this.#drawRows();
    const rules = { ...this.#parameters, features: this.#drawFeatures() };
    const grown = growTree(
      { binned: this.#binned, histograms: this.#histograms, gradients: this.#gradients },
      rows,
      rules,
    );
    this.#trees.push(grown.tree);
    this.#addScores(rows, grown);
    return this.#stopping.mayGoOn(grown.tree, this.#trees.length);
  }

  #drawRows(): Int32Array {
    const { rows } = this.#job.train;
    const { rowShare } = this.#parameters;
    if (rowShare === 1) return this.#allRows.slice();
    return Int32Array.from(sampleIndices(rows, Math.max(1, Math.round(rows * rowShare)), this.#random));
  }

  #drawFeatures(): number[] {
    const { width } = this.#binned;
    return sampleIndices(width, Math.max(1, Math.round(width * this.#parameters.featureShare)), this.#random);
  }

  #addScores(rows: Int32Array, { tree, leaves }: GrownTree): void {
    if (rows.length < this.#scores.length) return addTree(this.#scores, tree, this.#job.train.columns);
    for (const { start, end, value } of leaves) for (let i = start; i < end; i++) this.#scores[rows[i]!]! += value;
  }
}

/** First and second derivative of the loss by the score; a second one that is 1 everywhere stays as it is. */
function setGradients(
  { answer, curvature }: Link,
  labels: Float64Array,
  { scores, gradient, hessian }: Gradients & { scores: Float64Array },
): void {
  for (let row = 0; row < scores.length; row++) {
    const predicted = answer(scores[row]!);
    gradient[row] = predicted - labels[row]!;
    if (curvature !== null) hessian[row] = Math.max(curvature(predicted), 1e-12);
  }
}

function addTree(scores: Float64Array, tree: Tree, columns: readonly Float32Array[]): void {
  for (let row = 0; row < scores.length; row++) scores[row]! += treeValue(tree, columns, row);
}

class EarlyStopping {
  #best = Number.POSITIVE_INFINITY;
  #bestCount = 0;
  readonly #scores: Float64Array;
  readonly #validation: Matrix;
  readonly #link: Link;
  readonly #rounds: number;

  constructor(validation: Matrix, link: Link, { base, rounds }: { base: number; rounds: number }) {
    this.#scores = new Float64Array(validation.rows).fill(base);
    this.#validation = validation;
    this.#link = link;
    this.#rounds = validation.rows === 0 ? 0 : rounds;
  }

  mayGoOn(tree: Tree, count: number): boolean {
    if (this.#rounds === 0) return true;
    addTree(this.#scores, tree, this.#validation.columns);
    const loss = this.#loss();
    if (loss < this.#best) {
      this.#best = loss;
      this.#bestCount = count;
    }
    return count - this.#bestCount < this.#rounds;
  }

  bestTrees(all: number): number {
    return this.#rounds === 0 ? all : Math.max(1, this.#bestCount);
  }

  #loss(): number {
    const { labels } = this.#validation;
    const { loss } = this.#link;
    return this.#scores.reduce((sum, score, row) => sum + loss(score, labels[row]!), 0);
  }
}
