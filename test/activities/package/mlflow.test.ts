import { expect, it } from 'vitest';
import { mlflowFiles } from '../../../activities/package/mlflow.js';
import type { ModelSignature } from '../../../schemas/index.js';

const signature: ModelSignature = {
  inputs: [
    { name: 'at', type: 'timestamp' },
    { name: 'qty', type: 'integer' },
    { name: 'seats', type: 'integer' },
    { name: 'price', type: 'number' },
    { name: 'vip', type: 'boolean' },
    { name: 'shop "a"', type: 'string' },
  ],
  output: { name: 'probability', type: 'number' },
  timeColumn: 'at',
};
const rows = [
  [986_000_000_000, null],
  [0, 2],
  [4, null],
  [9.25, 1e21],
  [true, null],
  ['a', null],
];

it('writes the example of a package in the types of its columns', () => {
  const golden = { rows, expected: [0.5, 0.5], tolerance: 1e-5, example: [] };
  const elementTypes = new Map([
    ['at', 7],
    ['qty', 1],
    ['seats', 7],
    ['price', 11],
    ['vip', 1],
    ['shop "a"', 8],
  ]);
  const files = mlflowFiles({ signature, modelDigest: '0'.repeat(64), elementTypes, precision: 'float32' }, golden);
  const types = [...(files['MLmodel'] ?? '').matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
  expect(types.slice(0, 6)).toEqual(['long', 'double', 'long', 'double', 'double', 'string']);
  expect(files['input_example.json']).toBe(
    '{"columns":["at","qty","seats","price","vip","shop \\"a\\""],"data":[[986000000000,0.0,4,9.25,1.0,"a"],[-9223372036854775808,2.0,-9223372036854775808,1e+21,null,""]]}\n',
  );
  expect(() => JSON.parse(files['input_example.json'] ?? '')).not.toThrow();
});
