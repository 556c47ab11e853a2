import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveThroughKills, liveThroughZombies, notStruck, openFaultyLife } from '../life/faulty-life.js';
import { expectSound, lineageOf } from '../life/lineage-of-life.js';
import type { SmallLife } from '../life/small-life.js';

const minutes = 60_000;
const data = ['collectDataset', 'labelDataset', 'planTraining', 'runTrial', 'packageRun', 'monitorWindow'];
const doors = ['askOwner', 'updateOwner', 'loadVersion', 'pushRoutes', 'reconcileSchedules', 'rollbackEndpoint'];
const records = ['chooseBestRun', 'recordFacts', 'recordOutcomes', 'recordFleet'];

const plans = (phase: string, activities: readonly string[]) => activities.map((name) => `${name}#1:${phase}`);

/**
 * One life each: they wait for heartbeats most of the time, so all are lived at once. Every other moment, before work, looks
 * and changes outside among them, is in `npm run test:chaos -- kill-matrix`.
 */
const lives = {
  'after a blob, and after a change outside': [...plans('afterBlob', data), ...plans('after', doors)],
  'after a commit, and before joining': [
    ...plans('afterCommit', [...data.filter((name) => name !== 'planTraining'), ...records]),
    ...plans('before', ['findRun', 'lookAtRun']),
  ],
};

let unharmed: Record<string, string[]>;
const open: SmallLife[] = [];

let opening: Promise<unknown> = Promise.resolve();

/** One stack after another: five that start at once on two cores need too long, and find each other's free ports. */
function opened(planned: string[], environment: Record<string, string> = {}): Promise<SmallLife> {
  const next = opening.then(async () => {
    const at = await openFaultyLife(planned, environment);
    open.push(at);
    return at;
  });
  opening = next.catch(() => {});
  return next;
}

beforeAll(async () => {
  const at = await opened([]);
  await liveThroughKills(at);
  unharmed = await lineageOf(at);
}, 6 * minutes);
afterAll(async () => {
  for (const life of open) await life.close();
});

it('an unharmed life leaves a fact of each of its three approvals', async () => {
  expect(unharmed['approvals']).toHaveLength(3);
  await expectSound(open[0] as SmallLife);
});

describe('a life whose worker is killed at every activity boundary', () => {
  for (const [when, planned] of Object.entries(lives)) {
    it.concurrent(`leaves what an unharmed one leaves: ${when}`, { timeout: 8 * minutes }, async () => {
      const at = await opened(planned);
      await liveThroughKills(at);
      expect(notStruck(at, planned)).toEqual([]);
      expect(await lineageOf(at)).toEqual(unharmed);
      await expectSound(at);
    });
  }

  it.concurrent('so does one whose worker comes back when another has done its work', {
    timeout: 8 * minutes,
  }, async () => {
    const blobs = ['collectDataset#1:afterBlob', 'runTrial#1:afterBlob', 'packageRun#1:afterBlob'];
    const planned = [...blobs, 'pushRoutes#1:before', 'recordFacts#1:afterCommit', 'rollbackEndpoint#1:before'];
    const at = await opened(planned, { FAULT_SIGNAL: 'SIGSTOP' });
    await liveThroughZombies(at);
    expect(notStruck(at, planned)).toEqual([]);
    expect(await lineageOf(at)).toEqual(unharmed);
    await expectSound(at);
  });
});
