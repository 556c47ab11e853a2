import { describe, expect, it } from 'vitest';
import { elementTypes } from '../../../activities/onnx/onnx-graph.js';
import { type ModelInterface, OnnxModel } from '../../../activities/onnx/onnx-model.js';
import { ProtobufMessage } from '../../../activities/onnx/protobuf.js';
import { scoreRows } from '../../../activities/onnx/scoring.js';
import type { Column } from '../../../schemas/index.js';
import { intAttribute as int, craftedModel as model } from './crafted-model.js';

const toFloat = int('to', elementTypes.float);

function signature(type: Column['type'] = 'number', output: 'probability' | 'prediction' = 'prediction') {
  return { inputs: [{ name: 'x', type }], output: { name: output, type: 'number' } } satisfies ModelInterface;
}

const asMissing = () => Number.NaN;

async function answers(bytes: Uint8Array, of: ModelInterface, values: (number | string | boolean | null)[]) {
  const opened = await OnnxModel.open(bytes, of, asMissing);
  const found = await opened.score([values], values.length);
  await opened.release();
  expect(await scoreRows(bytes, of, { x: values })).toEqual(Float64Array.from(found));
  return [...found];
}

describe('OnnxModel', () => {
  const identity = model([{ name: 'x' }], [{ name: 'y' }], [['Identity', ['x'], 'y']]);
  const whole = model([{ name: 'x', type: 'int64' }], [{ name: 'y' }], [['Cast', ['x'], 'y', toFloat]]);

  it('answers a row each, with NaN for what is missing; its only output may have any name', async () => {
    expect(await answers(identity, signature(), [1.5, null, -2])).toEqual([1.5, Number.NaN, -2]);
    expect(await answers(identity, signature('boolean'), [true, false, 1, null])).toEqual([1, 0, 1, Number.NaN]);
  });

  it('takes the output of the signature where there are several, wherever it stands', async () => {
    const outputs = [{ name: 'score' }, { name: 'probability' }];
    const two = model([{ name: 'x' }], outputs, [
      ['Identity', ['x'], 'score'],
      ['Sigmoid', ['x'], 'probability'],
    ]);
    expect(await answers(two, signature('number', 'probability'), [0])).toEqual([0.5]);
    const other = OnnxModel.open(two, signature('number', 'prediction'), asMissing);
    await expect(other).rejects.toMatchObject({ type: 'MODEL_REFUSED', message: expect.stringContaining('no output') });
  });

  it('takes the second of two answers a row: the probability of the positive class', async () => {
    const input = { name: 'x', shape: ['N', 1] };
    const both = model(
      [input],
      [{ name: 'y', shape: ['N', 2] }],
      [
        ['Neg', ['x'], 'negative'],
        ['Concat', ['negative', 'x'], 'y', int('axis', 1)],
      ],
    );
    expect(await answers(both, signature(), [0.25, 0.75])).toEqual([0.25, 0.75]);
  });

  it('answers in double where the model does', async () => {
    const double = new ProtobufMessage().bytes(1, 'to').int(20, 2).int(3, elementTypes.double);
    const wide = model([{ name: 'x' }], [{ name: 'y', type: 'double' }], [['Cast', ['x'], 'y', double]]);
    for (const [bytes, precision] of [
      [wide, 'float64'],
      [identity, 'float32'],
    ] as const) {
      const opened = await OnnxModel.open(bytes, signature(), asMissing);
      expect(opened.precision).toBe(precision);
      expect((await opened.score([[0.1]], 1)).BYTES_PER_ELEMENT).toBe(precision === 'float64' ? 8 : 4);
      await opened.release();
    }
  });

  it('refuses an output that is no number', async () => {
    const integers = model([{ name: 'x' }], [{ name: 'y', type: 'int64' }], [['Cast', ['x'], 'y', int('to', 7)]]);
    const opening = OnnxModel.open(integers, signature(), asMissing);
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining('not floating point') });
  });

  it('refuses three answers a row', async () => {
    const three = model(
      [{ name: 'x', shape: ['N', 1] }],
      [{ name: 'y', shape: ['N', 3] }],
      [['Concat', ['x', 'x', 'x'], 'y', int('axis', 1)]],
    );
    const scored = scoreRows(three, signature(), { x: [1, 2] });
    await expect(scored).rejects.toMatchObject({
      type: 'MODEL_REFUSED',
      message: expect.stringContaining('6 outputs'),
    });
  });

  it('has the smallest int64 for a missing integer or time, and drops parts of a millisecond', async () => {
    expect(await answers(whole, signature('timestamp'), [7, null, -1.5])).toEqual([7, -(2 ** 63), -2]);
    for (const type of ['integer', 'number'] as const)
      expect(await answers(whole, signature(type), [7, null, -2])).toEqual([7, -(2 ** 63), -2]);
    expect(await answers(whole, signature('boolean'), [true, false, 1])).toEqual([1, 0, 1]);
  });

  it('asks what counts where an integer tensor cannot hold a number', async () => {
    const asked: unknown[] = [];
    const opened = await OnnxModel.open(whole, signature(), (...of) => asked.push(of) * 100);
    expect([...(await opened.score([[2.7, 3, 1e19, -(2 ** 63)]], 4))]).toEqual([100, 3, 200, 300]);
    expect(asked).toEqual([
      ['x', 0, 2.7],
      ['x', 2, 1e19],
      ['x', 3, -(2 ** 63)],
    ]);
    await opened.release();
  });

  it.each([2.7, -0.5, 2 ** 63])(
    'refuses %d where the model wants whole numbers: it answers for no other',
    async (x) => {
      for (const type of ['number', 'integer'] as const)
        await expect(scoreRows(whole, signature(type), { x: [1, x] })).rejects.toMatchObject({
          type: 'MODEL_REFUSED',
          message: expect.stringContaining('"x"'),
        });
    },
  );

  it('asks what a number beyond float32 counts as, and infinity is none', async () => {
    const asked: unknown[] = [];
    const opened = await OnnxModel.open(identity, signature(), (...of) => asked.push(of) * 100);
    expect([...(await opened.score([[1, 1e39, -1e300]], 3))]).toEqual([1, 100, 200]);
    expect(asked).toEqual([
      ['x', 1, 1e39],
      ['x', 2, -1e300],
    ]);
    await opened.release();
    expect([...(await scoreRows(identity, signature(), { x: [1e39, 1] }))]).toEqual([Number.NaN, 1]);
  });

  it.each([
    ['a column that is no input', { ...signature(), inputs: [{ name: 'z', type: 'number' as const }] }],
    ['text for a number', signature('string')],
    ['an input that no column gives', { ...signature(), inputs: [] }],
  ])('refuses %s', async (_, of) => {
    await expect(OnnxModel.open(identity, of, asMissing)).rejects.toMatchObject({ type: 'MODEL_REFUSED' });
  });

  it('refuses what is not admitted before ONNX Runtime sees it', async () => {
    const bytes = new TextEncoder().encode('no model');
    await expect(scoreRows(bytes, signature(), { x: [1] })).rejects.toMatchObject({ type: 'MODEL_REFUSED' });
  });
});
