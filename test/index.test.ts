import { expect, it } from 'vitest';
import { MlopsPlugin } from '../index.js';

const plugin = new MlopsPlugin({ ports: () => Promise.reject(new Error('nothing is opened')) });

it("gives a host's Worker the patience that ours has: a busy machine cuts off no workflow", () => {
  expect(plugin.configureWorker({ taskQueue: 'mlops' })).toMatchObject({ isolateExecutionTimeout: '60 s' });
});

it("leaves a host's own value", () => {
  const own = { taskQueue: 'mlops', isolateExecutionTimeout: '5 m' };
  expect(plugin.configureWorker(own)).toMatchObject({ isolateExecutionTimeout: '5 m' });
});
