import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import type { z } from 'zod';
import { type RegisteredName, registry, wrongFields } from '../../schemas/index.js';
import { packageOf } from './small-stack.js';

const taskQueue = 'frozen-schemas';
const workflowsPath = fileURLToPath(new URL('../fixtures/parsing-workflows.js', import.meta.url));
const wrong = [null, 7, 'text', true, [], {}, { unknown: 1 }];

/** For each schema its example, things that are no such input, and the example with one field wrong or too many. */
const probes = (Object.keys(registry) as RegisteredName[]).flatMap((name) => {
  const example = registry[name].example as Record<string, unknown>;
  const spoilt = Object.keys(example).flatMap((key) => [
    { ...example, [key]: null },
    { ...example, [key]: { a: [-1] } },
  ]);
  return [example, ...wrong, { ...example, colour: 'red' }, ...spoilt].map((value) => ({ name, value }));
});

function parseHere({ name, value }: (typeof probes)[number]) {
  const parsed = (registry[name].schema as z.ZodType).safeParse(value);
  return parsed.success ? { value: parsed.data } : { fields: wrongFields(parsed.error) };
}

it('parses in the workflow sandbox, where schemas are shared and frozen, as it does outside', async () => {
  const { dataConverter, MlopsPlugin } = await packageOf();
  const plugin = new MlopsPlugin({ ports: null });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath,
    plugins: [plugin],
    logger: new DefaultLogger('ERROR'),
  });
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, dataConverter: dataConverter() });
  const client = new Client({ connection: await Connection.connect({ address }), dataConverter: dataConverter() });
  const parsing = client.workflow.execute('parseAll', { workflowId: 'parse-all', taskQueue, args: [probes] });
  const { frozen, parsed } = (await worker.runUntil(parsing)) as { frozen: boolean; parsed: object[] };
  await Promise.all([connection.close(), client.connection.close()]);
  expect(frozen).toBe(true);
  expect(parsed).toEqual(JSON.parse(JSON.stringify(probes.map(parseHere))));
  expect(parsed.filter((result) => 'value' in result).length).toBeGreaterThanOrEqual(Object.keys(registry).length);
  expect(parsed.filter((result) => 'fields' in result).length).toBeGreaterThan(100);
});
