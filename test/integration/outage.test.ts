import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogStatus } from '../../server/supervisor/log-status.js';
import { expectSound } from '../life/lineage-of-life.js';
import { refuseLogins, renameSchema, revokeRights, type TakeAway, unmountBlobs } from '../life/outages.js';
import { approve, ask, by, openSmallLife, type SmallLife, start, until } from '../life/small-life.js';

const minutes = 60_000;
const awayMs = 4000;
let at: SmallLife;
let asked = 0;

beforeAll(async () => {
  at = await openSmallLife({ environment: { MODEL_SERVER_LOG_ROTATE_MS: '200' } });
  await start(at);
  await approve(at, 1);
}, 3 * minutes);
afterAll(() => at?.close());

const count = async (table: string) => (await at.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;

async function logStatus(): Promise<LogStatus> {
  const { MODEL_SERVER_ADDRESS, MODEL_SERVER_TOKEN } = at.stack.environment;
  const headers = { authorization: `Bearer ${MODEL_SERVER_TOKEN}` };
  const response = await fetch(`${MODEL_SERVER_ADDRESS}/control/v1/log`, { headers });
  return LogStatus.parse(await response.json());
}

async function tell(outcomes: object[]): Promise<void> {
  const response = await fetch(`${at.stack.serverUrl}/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'billing', outcomes }),
  });
  expect(response.status).toBe(202);
}

/** A small part of a day: trips ask, outcomes come in by both doors, and somebody collects. */
async function liveOn(name: string): Promise<void> {
  for (const end = Date.now() + awayMs; Date.now() < end; await sleep(300)) {
    expect(await ask(at, asked)).toBe(1);
    asked += 1;
  }
  await tell([{ requestId: `${name}-posted`, outcome: 1 }]);
  await at.life.signal('recordOutcomes', {
    by,
    outcomes: [{ requestId: `${name}-told`, outcome: 0 }],
    requestId: name,
  });
}

const collectAgain = (name: string) =>
  at.client.workflow.start('collectData', {
    workflowId: `collect/${name}`,
    taskQueue: 'mlops',
    args: [{ dataset: name, sources: [{ name: 'trips', path: 'trips.csv' }] }],
  });

describe('while its server serves on, nothing that was answered is lost and nothing fails', () => {
  it.each<[string, TakeAway]>([
    ['logins are refused', refuseLogins],
    ['the schema is away', renameSchema],
    ['a right is revoked', revokeRights],
    ['the blobs are not mounted', unmountBlobs],
  ])('%s', { timeout: 3 * minutes }, async (what, takeAway) => {
    const name = what.replaceAll(' ', '-');
    const bringBack = await takeAway(at);
    try {
      await collectAgain(name);
      await liveOn(name);
      expect((await logStatus()).predictions).toMatchObject({ trouble: { why: expect.any(String) }, setAside: [] });
    } finally {
      await bringBack();
    }
    await at.client.workflow.getHandle(`collect/${name}`).result();
    await until('all predictions', async () => (await count('mlops.prediction')) >= asked);
    const outcomes = `mlops.outcome where request_id in ('${name}-posted', '${name}-told')`;
    await until('both outcomes', async () => (await count(outcomes)) === 2);
    expect(await logStatus()).toMatchObject({ predictions: { setAside: [] }, outcomes: { setAside: [] } });
    expect((await at.life.status()).stage).toBe('serving');
  });

  it('and the ledger has it all, with every blob', async () => {
    await expectSound(at);
  });
});
