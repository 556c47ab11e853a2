import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectSound, lineageOf, settled } from '../life/lineage-of-life.js';
import {
  killPostgres,
  killTemporal,
  refuseLogins,
  renameSchema,
  revokeRights,
  type TakeAway,
  unmountBlobs,
} from '../life/outages.js';
import { haveMorePatience, liveThrough, openSmallLife, type SmallLife } from '../life/small-life.js';

const minutes = 60_000;
/** Longer than every timeout and back-off of an attempt; CHAOS_AWAY_SECONDS=600 is longer than any budget there could be. */
const awayMs = 1000 * Number(process.env['CHAOS_AWAY_SECONDS'] ?? 45);
const stages = ['collect', 'label', 'train', 'package', 'deploy', 'waiting for approval', 'serving', 'retrain'];

const open: SmallLife[] = [];
let unharmed: Record<string, string[]>;

async function opened(): Promise<SmallLife> {
  const at = await openSmallLife({ durable: true });
  open.push(at);
  return at;
}

beforeAll(async () => {
  haveMorePatience(stages.length * 2 * awayMs);
  const at = await opened();
  await liveThrough(at);
  unharmed = await lineageOf(at);
  await closeAll();
}, 5 * minutes);
afterEach(closeAll);

/** One life after another: two cores are few for the stacks of six. */
async function closeAll(): Promise<void> {
  for (const life of open.splice(0)) await life.close();
}

/** Takes it away once as soon as each stage is seen, until it is told to end. */
function outages(at: SmallLife, takeAway: TakeAway) {
  const struck: string[] = [];
  let over = false;
  const striking = (async () => {
    for (; !over; await sleep(20)) {
      const stage = await at.life.status({ timeoutMs: 1000 }).then(
        (status) => status.stage,
        () => null,
      );
      if (stage === null || struck.includes(stage) || !stages.includes(stage)) continue;
      struck.push(stage);
      const bringBack = await takeAway(at);
      await sleep(awayMs);
      await bringBack();
    }
    return struck;
  })();
  return {
    stop: () => {
      over = true;
      return striking;
    },
  };
}

describe('away for long, at each stage of a life', () => {
  it.each<[string, TakeAway]>([
    ['a Postgres that is dead', killPostgres],
    ['a Postgres that lets nobody in', refuseLogins],
    ['the schema of the ledger', renameSchema],
    ['the right to append', revokeRights],
    ['the blobs', unmountBlobs],
    ['Temporal', killTemporal],
  ])('%s loses nothing and ends nothing', { timeout: 30 * minutes }, async (what, takeAway) => {
    const at = await opened();
    const away = outages(at, takeAway);
    let struck: string[] = [];
    try {
      await liveThrough(at);
    } finally {
      struck = await away.stop();
      console.log(`${what}: away at ${struck.join(', ')}`);
    }
    expect(struck.length).toBeGreaterThan(4);
    expect(settled(await lineageOf(at))).toEqual(settled(unharmed));
    await expectSound(at);
  });
});
