import { describe, expect, it } from 'vitest';
import { type DeployResult, Recipe } from '../../schemas/index.js';
import { type PipelineInput, pipeline } from '../../workflows/pipeline.js';

const recipe = Recipe.parse({
  collect: { dataset: 'flights', sources: [{ name: 'flights', path: 'flights.csv' }] },
  label: { rule: 'delay > 15', knownAt: 'departure' },
  train: {},
});
const input: PipelineInput = {
  model: 'delay',
  recipe,
  environments: [
    { name: 'staging', approvalTimeout: '1 hour' },
    { name: 'production', approvalTimeout: '1 day' },
  ],
};
const deployed = (environment: string, outcome: DeployResult['outcome']): DeployResult => ({
  model: 'delay',
  environment,
  version: 3,
  outcome,
  reasons: ['every check passed'],
  generation: 1,
  approvedBy: 'ana',
  serving: 3,
});

describe('the pipeline', () => {
  it('labels the version that was collected', () => {
    const collected = { name: 'flights', version: 7, digest: 'a'.repeat(64) };
    const start = pipeline.label.start({ input, outputs: { collected } });
    expect(start).toMatchObject({ workflowId: 'label/flights', input: { dataset: { name: 'flights', version: 7 } } });
  });

  it('deploys to the first environment that the version has not reached', () => {
    const { start } = pipeline.deploy;
    const outputs = { version: 3 };
    expect(start({ input, outputs })).toMatchObject({
      workflowId: 'deploy/delay/staging',
      input: { environment: 'staging', version: 3, approvalTimeout: '1 hour' },
    });
    expect(start({ input, outputs: { ...outputs, promotedTo: ['staging'] } })).toMatchObject({
      workflowId: 'deploy/delay/production',
      input: { environment: 'production' },
    });
  });

  it.each([
    ['staging', 'promoted', 'deploy'],
    ['staging', 'rejected', null],
    ['staging', 'rolledBack', null],
    ['production', 'promoted', null],
  ] as const)('after %s was %s goes on with %s', (environment, outcome, next) => {
    const before = environment === 'production' ? { version: 3, promotedTo: ['staging'] } : { version: 3 };
    const result = deployed(environment, outcome);
    const outputs = pipeline.deploy.take(result, before);
    expect(pipeline.deploy.next(result, { input, outputs })).toBe(next);
  });
});
