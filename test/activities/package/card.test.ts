import { expect, it } from 'vitest';
import { type CardContent, modelCard } from '../../../activities/package/card.js';

const hostile = 'a\rb\u2028c\nd| <img src=x onerror=alert(1)> `x` \\ [y](javascript:z) \u202e';
const digest = '0'.repeat(64);
const metrics = { rmse: 1, mae: 1, r2: 0.5, rows: 9, [hostile]: 1 };
const dataset = { name: 'trips', version: 1, digest };
const run: CardContent['finished']['run'] = {
  runId: `run-${hostile}`,
  model: 'late',
  trainer: hostile,
  parameters: { [hostile]: hostile },
  status: 'finished',
  runDigest: digest,
  modelDigest: digest,
  metaDigest: digest,
  dataset,
  seed: 1,
  validation: metrics,
  test: metrics,
  curve: [],
  reason: null,
};
const document: CardContent['finished']['document'] = {
  format: 'temporal-mlops-run/1',
  model: 'late',
  trainer: hostile,
  parameters: {},
  seed: 1,
  matrixDigest: digest,
  metaDigest: digest,
  codeDigest: digest,
  preparation: { split: { validationShare: 0.15, testShare: 0.15 }, seed: 1, maxRows: 100 },
  task: 'regression',
  modelDigest: digest,
  metrics: { validation: metrics, test: metrics },
  baseline: { validation: metrics, test: metrics },
  parity: { rows: 1, rowsWithMissing: 0, maxDifference: 0 },
  spread: 1,
  notes: {},
};
const inputs = [{ name: hostile, type: 'string' as const }];
const card = modelCard({
  finished: { run, runDigest: digest, document },
  meta: {
    task: 'regression',
    taskReason: hostile,
    split: {
      by: 'hash',
      instants: null,
      words: hostile,
      leftOut: { withoutTime: 2, labelNotKnownInTime: 0, afterTest: 0, sampledOut: 1 },
    },
    features: [{ kind: 'numeric', name: hostile, column: hostile }],
    refused: [{ column: hostile, reason: `is ${hostile}` }],
    rows: { train: 1, validation: 1, test: 1 },
    matrixDigest: digest,
    rowsDigest: digest,
    signature: inputs,
    testFrom: null,
    complete: [],
    timeColumn: null,
  },
  signature: { inputs, output: { name: 'prediction', type: 'number' }, timeColumn: null },
  golden: { rows: [[hostile]], expected: [1], tolerance: 1, example: [] },
});
const [before = '', json = '', after = ''] = card.split(/```(?:json)?\n/);

it('writes what comes from outside as text, into the one cell where it belongs', () => {
  const text = before + after;
  expect(text).not.toMatch(/<(?!\/?code>)/);
  expect(text).not.toMatch(/[\r\u2028\u2029\u202e]|\]\(/);
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.filter((row) => !/^\|( [^|]* \|){2,3}$/.test(row))).toEqual([]);
  const lines = text.split('\n').map((line) => line.slice(0, 2));
  expect(lines.filter((begin) => begin === 'c' || begin === 'd|')).toEqual([]);
});

it('says how rows were split, and how many are in no split', () => {
  expect(before).toContain('In none of the three: 2 have no time, 1 are more than may be learnt from.');
});

it('shows a request that works, in one line', () => {
  expect(json.trimEnd().split(/[\n\r\u2028\u2029]/)).toHaveLength(1);
  expect(JSON.parse(json)).toEqual({ dataframe_records: [{ [hostile]: hostile }] });
  expect(json).not.toContain('\u202e');
});
