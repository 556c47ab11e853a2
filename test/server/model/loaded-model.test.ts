import { expect, it } from 'vitest';
import { elementTypes } from '../../../activities/onnx/onnx-graph.js';
import { bareManifest } from '../../../scripts/bench/bare-package.js';
import { LoadedModel } from '../../../server/model/loaded-model.js';
import { craftedModel, intAttribute } from '../../activities/onnx/crafted-model.js';

/** A model of one number column `x`, which its graph takes as the given type. */
function load(type: 'int64' | 'float'): Promise<LoadedModel> {
  const toFloat = intAttribute('to', elementTypes.float);
  const bytes = craftedModel([{ name: 'x', type }], [{ name: 'y' }], [['Cast', ['x'], 'y', toFloat]]);
  const columns = [{ name: 'x', type: 'number' as const }];
  return LoadedModel.load(bytes, bareManifest({ model: 'whole', columns, bytes, golden: Buffer.from('') }));
}

it.each([
  ['int64', 2.7, 'Column "x", row 1: 2.7 is not whole, as the model wants it.'],
  ['int64', 1e19, 'Column "x", row 1: 10000000000000000000 is too large.'],
  ['float', 1e39, 'Column "x", row 1: 1e+39 is too large.'],
] as const)('refuses with 400 what a tensor of %s cannot hold: %d', async (type, value, message) => {
  const model = await load(type);
  expect([...(await model.score([[2, 3]], 2))]).toEqual([2, 3]);
  const refused = model.score([[2, value]], 2);
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid_value', message });
  await expect(refused.catch(({ body }) => JSON.parse(body))).resolves.toMatchObject({ field: 'x' });
  await model.release();
});
