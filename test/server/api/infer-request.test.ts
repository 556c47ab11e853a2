import { expect, it } from 'vitest';
import { readInferRequest } from '../../../server/api/infer-request.js';
import { SignatureReader } from '../../../server/model/request-rows.js';

const reader = new SignatureReader([{ name: 'x', type: 'number' }], 'probability');
const inputs = [{ name: 'x', shape: [1], datatype: 'FP64', data: [1] }];

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['none', []],
  ['the one there is', [{ name: 'probability' }]],
])('may ask for outputs by name: %s', (_, outputs) => {
  expect(readInferRequest({ inputs, outputs }, reader).rows).toBe(1);
});

it.each<[string, unknown, string]>([
  ['another one', [{ name: 'nonsense' }], 'The model has no output "nonsense"; its output is "probability".'],
  ['one of two', [{ name: 'probability' }, { name: 'label' }], 'The model has no output "label"'],
  ['one without a name', [{}], 'The model has no output without a name'],
  ['no list', { name: 'probability' }, '"outputs" must be [{"name"}, …].'],
])('is refused where it asks for %s', (_, outputs, why) => {
  const read = () => readInferRequest({ inputs, outputs }, reader);
  expect(read).toThrow(why);
  expect(read).toThrow(expect.objectContaining({ status: 400 }));
});
