import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowIds } from '../../schemas/index.js';
import { until } from '../integration/small-stack.js';
import { approve, environment, model, openSmallLife, type SmallLife, start, untilStatus } from '../life/small-life.js';

const minutes = 60_000;
const deploymentName = 'late-models';
let at: SmallLife;

beforeAll(async () => {
  const build = { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: 'one' };
  at = await openSmallLife({ environment: build });
}, 2 * minutes);
afterAll(() => at?.close());

/** As `temporal worker deployment set-current-version` does; the server knows a version once a worker of it has asked for work. */
const makeCurrent = (buildId: string) =>
  until(async () => {
    const version = { namespace: 'default', deploymentName, buildId };
    await at.client.workflowService.setWorkerDeploymentCurrentVersion(version);
    return true;
  });

async function versionOf(workflowId: string): Promise<string> {
  const { raw } = await at.client.workflow.getHandle(workflowId).describe();
  const { deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  return `${deploymentVersion?.deploymentName} ${deploymentVersion?.buildId}`;
}

describe('workers with a version', () => {
  it('do nothing until their version is the current one, then everything', { timeout: 5 * minutes }, async () => {
    await start(at);
    expect((await at.client.workflow.getHandle(workflowIds.collect('trips')).describe()).historyLength).toBe(2);
    await makeCurrent('one');
    await untilStatus(at, 'the gate', (s) => s.waitingFor.length === 1);
    expect(await versionOf(workflowIds.collect('trips'))).toBe('late-models one');
    expect(await versionOf(workflowIds.lifecycle(model))).toBe('late-models one');
  });

  it('hand what waits for a person on to the next version: none of the old need stay', {
    timeout: 5 * minutes,
  }, async () => {
    await at.stack.worker.stop();
    await at.stack.worker.start({ TEMPORAL_WORKER_BUILD_ID: 'two' });
    await makeCurrent('two');
    await approve(at, 1);
    expect(await versionOf(workflowIds.lifecycle(model))).toBe('late-models two');
    expect(await versionOf(workflowIds.deploy(model, environment))).toBe('late-models two');
  });
});
