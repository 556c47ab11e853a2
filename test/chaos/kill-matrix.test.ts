import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activityNames } from '../../activities/create-activities.js';
import { liveThroughKills, notStruck, openFaultyLife } from '../life/faulty-life.js';
import { expectSound, lineageOf } from '../life/lineage-of-life.js';
import type { SmallLife } from '../life/small-life.js';

const minutes = 60_000;
const blobs = ['collectDataset', 'labelDataset', 'planTraining', 'runTrial', 'packageRun', 'monitorWindow'];
const facts = ['collectDataset', 'labelDataset', 'runTrial', 'chooseBestRun', 'packageRun', 'monitorWindow'];
/**
 * Whether a life has something to join depends on who is killed first; the smaller test has that boundary. Servers are
 * compared every five minutes, and work that waits is looked at after 40 seconds: that depends on the machine.
 */
const all = activityNames.filter((name) => !['findRun', 'lookAtRun', 'endpointStatus', 'lookAtWork'].includes(name));
const phases = {
  before: all,
  after: all,
  afterBlob: blobs,
  afterCommit: [...facts, 'recordFacts', 'recordOutcomes', 'recordFleet'],
};
/** A life calls these once. */
const once = [
  'ensureOwner',
  'chooseMonitorWindows',
  'monitorWindow',
  'compactPredictions',
  'compareChallenger',
  'compareAtGate',
];
const onceToo = [
  'monitorMark',
  'findLife',
  'observeEndpoint',
  'championOf',
  'updateOwner',
  'recordOutcomes',
  'rollbackEndpoint',
];

let unharmed: Record<string, string[]>;
const open: SmallLife[] = [];

async function opened(plans: string[]): Promise<SmallLife> {
  const at = await openFaultyLife(plans);
  open.push(at);
  await liveThroughKills(at);
  return at;
}

beforeAll(async () => {
  unharmed = await lineageOf(await opened([]));
}, 5 * minutes);
afterAll(async () => {
  for (const life of open) await life.close();
});

describe('a worker killed', () => {
  for (const [phase, activities] of Object.entries(phases)) {
    for (const call of [1, 2]) {
      const called = activities.filter((name) => call === 1 || ![...once, ...onceToo].includes(name));
      const plans = called.map((activity) => `${activity}#${call}:${phase}`);
      it(`${phase} call ${call} of every activity leaves what an unharmed one leaves`, {
        timeout: 15 * minutes,
      }, async () => {
        const at = await opened(plans);
        expect(notStruck(at, plans)).toEqual([]);
        expect(await lineageOf(at)).toEqual(unharmed);
        await expectSound(at);
      });
    }
  }
});
