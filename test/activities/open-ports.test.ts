import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openPorts } from '../../activities/open-ports.js';
import { readConfiguration } from '../../schemas/index.js';
import { readServerOptions } from '../../server/server-options.js';

/** Nothing answers here: a process starts all the same. */
const environment = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  BLOB_URL: `file://${tmpdir()}/none`,
  MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
  MODEL_SERVER_TOKEN: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  MLOPS_PROFILE: 'development',
};

async function limitsOf(settings: Record<string, string>) {
  const { limits, trialLimits, close } = await openPorts({ ...environment, ...settings });
  await close();
  return { limits, trialLimits };
}

describe('what work may use', () => {
  it('is set by the environment', async () => {
    const settings = {
      MLOPS_JOB_SECONDS: '60',
      MLOPS_JOB_MEMORY_MB: '512',
      MLOPS_JOB_DISK_MB: '100',
      MLOPS_TRIAL_SECONDS: '30',
      MLOPS_TRIAL_MEMORY_MB: '4096',
    };
    expect(await limitsOf(settings)).toEqual({
      limits: { deadlineSeconds: 60, memoryMb: 512, spillMb: 100, diskMb: 100 },
      trialLimits: { deadlineSeconds: 30, memoryMb: 4096 },
    });
  });

  it('is as usual for a trial where nothing is set, also where a setting is empty', async () => {
    expect((await limitsOf({ MLOPS_TRIAL_SECONDS: '' })).trialLimits).toEqual({});
  });

  it('is a clear error at start where it is no number', async () => {
    await expect(limitsOf({ MLOPS_TRIAL_MEMORY_MB: 'much' })).rejects.toMatchObject({
      type: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('MLOPS_TRIAL_MEMORY_MB'),
    });
  });

  it('is for a model that is loaded what the model server is told', () => {
    const configuration = readConfiguration(environment);
    const deadlineOf = (more: Record<string, string>) => readServerOptions(configuration, more).loadDeadlineMs;
    expect([deadlineOf({}), deadlineOf({ MODEL_SERVER_LOAD_MS: '45000' })]).toEqual([10_000, 45_000]);
  });
});
