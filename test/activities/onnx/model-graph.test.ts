import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementTypesOf } from '../../../activities/onnx/admission.js';
import { buildOnnxModel } from '../../../activities/onnx/model-graph.js';
import { encodeRows, type RawColumns } from '../../../activities/onnx/raw-columns.js';
import { scoreRows } from '../../../activities/onnx/scoring.js';
import type { Column, Feature, Parameters, Task } from '../../../schemas/index.js';
import { gbt } from '../../../statistics/learners/gbt.js';
import type { FittedModel, Tree } from '../../../statistics/learners/learner.js';
import { linear } from '../../../statistics/learners/linear.js';
import { scoreModel } from '../../../statistics/learners/score.js';
import { tasks } from '../../../statistics/tasks/tasks.js';
import { rowsOf } from '../../statistics/learners/rows-of.js';

const inputs: Column[] = [
  { name: 'distance', type: 'number' },
  { name: 'zażółć "gęślą" jaźń', type: 'integer' },
  { name: "it's; DROP TABLE", type: 'boolean' },
  { name: '__underscored', type: 'string' },
  { name: '出発', type: 'timestamp' },
];
const features: Feature[] = [
  { kind: 'numeric', name: 'distance', column: 'distance' },
  { kind: 'numeric', name: 'number', column: 'zażółć "gęślą" jaźń' },
  { kind: 'boolean', name: 'flag', column: "it's; DROP TABLE" },
  {
    kind: 'targetMean',
    name: 'origin',
    column: '__underscored',
    categories: ['ATL', 'Łódź', 'a "quoted" one', '東京'],
    means: [0.1, 0.25, 0.9, 1 / 3],
    fallback: 0.21,
  },
  { kind: 'minuteOfDay', name: 'minute', column: '出発' },
  { kind: 'dayOfWeek', name: 'day', column: '出発' },
];
const rows: RawColumns = {
  distance: [1, -2.5, null, 0.1, 3e38, 16777217, 5],
  'zażółć "gęślą" jaźń': [1, 2, 3, null, -7, 123456789, 0],
  "it's; DROP TABLE": [true, false, null, true, true, false, null],
  __underscored: ['ATL', 'Łódź', null, 'unseen', 'a "quoted" one', '東京', ''],
  出発: [
    0,
    Date.UTC(2001, 3, 18, 23, 59, 59, 999),
    null,
    Date.UTC(1969, 11, 31, 23, 59, 59, 999),
    Date.UTC(1900, 1, 28, 0, 0, 0, 0),
    -1,
    Date.UTC(1969, 6, 20, 20, 17, 40),
  ],
};

const split: Tree = {
  feature: [3, 4, -1, -1, -1],
  threshold: [0.22, 700, 0, 0, 0],
  left: [1, 3, 0, 0, 0],
  right: [2, 4, 0, 0, 0],
  missingLeft: [false, true, false, false, false],
  value: [0, 0, 0.5, -0.25, 0.75].map(Math.fround),
};
const stump: Tree = { feature: [-1], threshold: [0], left: [0], right: [0], missingLeft: [false], value: [0.125] };
const missingVersusRest: Tree = {
  feature: [0, -1, -1],
  threshold: [3.4028234663852886e38, 0, 0],
  left: [1, 0, 0],
  right: [2, 0, 0],
  missingLeft: [false, false, false],
  value: [0, 2, -3],
};
const models: FittedModel[] = [
  { kind: 'constant', value: Math.fround(-1.3) },
  {
    kind: 'linear',
    weights: [0.5, -0.25, 1, 2, 0.001, -0.125],
    bias: 0.75,
    fill: [1, 2, 0.5, 0.25, 720, 3],
    mean: [1, 2, 0.5, 0.25, 720, 3],
    scale: [1e38, 1e8, 0.5, 0.125, 400, 2],
  },
  { kind: 'trees', base: Math.fround(-0.7), trees: [split, stump, missingVersusRest] },
];

async function difference(
  model: { task: Task; inputs: Column[]; features: Feature[]; fitted: FittedModel },
  raw: RawColumns,
) {
  const expected = scoreModel(model.fitted, model.task, rowsOf(encodeRows(model.features, raw)));
  const differences: number[] = [];
  for (const complete of [[], model.inputs.map(({ name }) => name)]) {
    const found = await scoreRows(buildOnnxModel({ ...model, complete }), outputOf(model), raw);
    expect(found.length).toBe(expected.length);
    differences.push(...expected.map((value, row) => Math.abs(value - found[row]!) / Math.max(1, Math.abs(value))));
  }
  return Math.max(...differences);
}

function outputOf({ task, inputs }: { task: Task; inputs: Column[] }) {
  return { inputs, output: { name: tasks[task].answer.output, type: 'number' as const } };
}

describe('buildOnnxModel', () => {
  for (const task of ['binary', 'regression'] as const) {
    it.each(models)(
      `answers like the trainer: ${task}, $kind, any column name, missing values, times before 1970`,
      async (fitted) => {
        expect(await difference({ task, inputs, features, fitted }, rows)).toBeLessThan(1e-6);
      },
    );
  }

  it.each(features)('computes the feature $kind inside the model', async (feature) => {
    const own = inputs.filter(({ name }) => name === feature.column);
    const fitted: FittedModel = { kind: 'linear', weights: [1], bias: 0, fill: [-1], mean: [0], scale: [1] };
    const raw = { [feature.column]: rows[feature.column]! };
    expect(await difference({ task: 'regression', inputs: own, features: [feature], fitted }, raw)).toBe(0);
  });

  it.each([linear, gbt])('$name keeps what differs between numbers far from zero: 1e9 ± 30', async (trainer) => {
    const x = Array.from({ length: 200 }, (_, i) => (i * 37) % 200);
    const labels = Float64Array.from(x, (value) => 1e9 + 0.3 * value - 30);
    const matrix = { rows: 200, columns: [Float32Array.from(x)], labels };
    const parameters: Parameters =
      trainer === linear ? { l2: 0 } : { trees: 400, l2: 0, minChildWeight: 1, earlyStoppingRounds: 0 };
    const task = 'regression';
    const job = { task, features: ['x'], train: matrix, validation: matrix, parameters, seed: 1 } as const;
    const fitted = trainer.train({ ...job, onProgress: () => {} });
    const raw: Column[] = [{ name: 'x', type: 'number' }];
    const feature: Feature = { kind: 'numeric', name: 'x', column: 'x' };
    const model = { task, inputs: raw, features: [feature], fitted } as const;
    const answers = await scoreRows(buildOnnxModel(model), outputOf(model), { x });
    expect(tasks[task].metrics(labels, answers)).toMatchObject({ rmse: expect.closeTo(0, 3) });
  });

  it.each([
    ['number', []],
    ['integer', []],
    ['integer', ['second']],
  ] as const)('takes the center off in double: seconds of one minute as %s, complete: %j', async (type, complete) => {
    const raw: Column[] = [{ name: 'second', type }];
    const centred: Feature[] = [{ kind: 'numeric', name: 'second', column: 'second', center: 1_700_000_030 }];
    const fitted: FittedModel = { kind: 'linear', weights: [1], bias: 0, fill: [-1], mean: [0], scale: [1] };
    const model = { task: 'regression', inputs: raw, features: centred, fitted } as const;
    const second = [1_700_000_000, 1_700_000_031, 1_700_000_059, null];
    const found = await scoreRows(buildOnnxModel({ ...model, complete }), outputOf(model), { second });
    expect([...found]).toEqual([-30, 1, 29, -1]);
    expect([...encodeRows(centred, { second })[0]!]).toEqual([-30, 1, 29, Number.NaN]);
  });

  it('takes a yes or no that was never missing as bool, as tables of Python hold it, and a missing one as no', async () => {
    const raw: Column[] = [{ name: 'vip', type: 'boolean' }];
    const own: Feature[] = [{ kind: 'boolean', name: 'vip', column: 'vip', complete: true }];
    const fitted: FittedModel = { kind: 'linear', weights: [2], bias: 0, fill: [-1], mean: [0], scale: [1] };
    const model = { task: 'regression', inputs: raw, features: own, fitted } as const;
    const bytes = buildOnnxModel(model);
    expect(elementTypesOf(bytes).get('vip')).toBe(9);
    const vip = [true, false, null];
    expect([...(await scoreRows(bytes, outputOf(model), { vip }))]).toEqual([2, 0, 0]);
    expect([...encodeRows(own, { vip })[0]!]).toEqual([1, 0, 0]);
  });

  it('tells categories apart whose mean label differs by less than float32 holds', async () => {
    const raw: Column[] = [{ name: 'shop', type: 'string' }];
    const means = [1e9 - 3, 1e9 + 2.5];
    const of = { kind: 'targetMean', name: 'shop', column: 'shop', categories: ['a', 'b'], means } as const;
    const shops: Feature[] = [{ ...of, means: [...means], categories: ['a', 'b'], fallback: 1e9, center: 1e9 }];
    const fitted: FittedModel = { kind: 'linear', weights: [1], bias: 1e9, fill: [0], mean: [0], scale: [1] };
    const model = { task: 'regression', inputs: raw, features: shops, fitted } as const;
    const found = await scoreRows(buildOnnxModel(model), outputOf(model), { shop: ['a', 'b', 'c', null] });
    expect([...found]).toEqual([1e9 - 3, 1e9 + 2.5, 1e9, 1e9]);
  });

  it('gives equal models equal bytes', () => {
    const model = { task: 'binary', inputs, features, fitted: models[2]! } as const;
    expect(Buffer.from(buildOnnxModel(model)).equals(Buffer.from(buildOnnxModel(structuredClone(model))))).toBe(true);
  });

  it('refuses a column that is called like its output', () => {
    const clash: Column[] = [{ name: 'prediction', type: 'number' }];
    expect(() => buildOnnxModel({ task: 'regression', inputs: clash, features: [], fitted: models[0]! })).toThrow(
      /Rename the column/,
    );
  });

  it('agrees on random trees and random rows', async () => {
    const numeric: Column[] = ['a', 'b', 'c'].map((name) => ({ name, type: 'number' }));
    const plain: Feature[] = numeric.map(({ name }) => ({ kind: 'numeric', name, column: name }));
    const value = fc.oneof(
      fc.constantFrom(null, 0, -0, 1.5, 1e-30),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    const column = fc.array(value, { minLength: 5, maxLength: 5 });
    const trees = fc.array(randomTree(), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(trees, column, column, column, async (drawn, a, b, c) => {
      const fitted: FittedModel = { kind: 'trees', base: 0.5, trees: drawn };
      expect(await difference({ task: 'binary', inputs: numeric, features: plain, fitted }, { a, b, c })).toBeLessThan(
        1e-6,
      );
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

/** Complete trees of depth 0 to 3 over features 0 to 2. */
function randomTree(): fc.Arbitrary<Tree> {
  const threshold = fc.oneof(
    fc.constantFrom(0, 1.5, Math.fround(1e-30)),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  const node = fc.record({
    feature: fc.nat(2),
    threshold,
    missingLeft: fc.boolean(),
    value: fc.float({ min: -2, max: 2, noNaN: true }),
  });
  return fc.nat(3).chain((depth) => {
    const size = 2 ** (depth + 1) - 1;
    const inner = 2 ** depth - 1;
    return fc.array(node, { minLength: size, maxLength: size }).map((nodes) => ({
      feature: nodes.map((n, i) => (i < inner ? n.feature : -1)),
      threshold: nodes.map((n, i) => (i < inner ? n.threshold : 0)),
      left: nodes.map((_, i) => (i < inner ? 2 * i + 1 : 0)),
      right: nodes.map((_, i) => (i < inner ? 2 * i + 2 : 0)),
      missingLeft: nodes.map((n, i) => i < inner && n.missingLeft),
      value: nodes.map((n, i) => (i < inner ? 0 : n.value)),
    }));
  });
}

it('takes whole numbers as int64 where none was ever missing, as Python holds them then, and as float elsewhere', () => {
  const taken = (complete: string[]) => {
    const elementTypes = elementTypesOf(
      buildOnnxModel({ task: 'binary', inputs, complete, features, fitted: models[1]! }),
    );
    return inputs.map(({ name }) => elementTypes.get(name));
  };
  expect(taken([])).toEqual([1, 1, 1, 8, 7]);
  expect(taken(inputs.map(({ name }) => name))).toEqual([1, 7, 1, 8, 7]);
});
