import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../scripts/servers/service.js';
import { expectSound, lineageOf, settled } from '../life/lineage-of-life.js';
import { liveThrough, openSmallLife, type SmallLife } from '../life/small-life.js';

const minutes = 60_000;
/** CHAOS_SEEDS=7,8 repeats what a run printed. */
const seeds = (process.env['CHAOS_SEEDS'] ?? [1, 2, 3].map((n) => (Date.now() % 1_000_000) + n).join()).split(',');
const open: SmallLife[] = [];
let unharmed: Record<string, string[]>;

beforeAll(async () => {
  const at = await opened();
  await liveThrough(at);
  unharmed = await lineageOf(at);
}, 5 * minutes);
afterAll(async () => {
  for (const life of open) await life.close();
});

async function opened(): Promise<SmallLife> {
  const at = await openSmallLife({ durable: true });
  open.push(at);
  return at;
}

/** Kills one server after another at moments that the seed decides, and starts each again, until it is told to end. */
function wreck({ stack }: SmallLife, seed: number) {
  const random = generator(seed);
  const services = [stack.worker, stack.worker, stack.modelServer, stack.postgres, stack.temporal] as Service[];
  const killed: string[] = [];
  let over = false;
  const wrecking = (async () => {
    for (;;) {
      await sleep(1000 + random() * 7000);
      if (over) return killed;
      const service = services[Math.floor(random() * services.length)] as Service;
      killed.push(service.name);
      await service.kill();
      await sleep(random() * 2000);
      await service.start();
    }
  })();
  return {
    stop: () => {
      over = true;
      return wrecking;
    },
  };
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('servers killed at random moments of a life', () => {
  for (const seed of seeds) {
    it(`leave what an unharmed life leaves (seed ${seed})`, { timeout: 15 * minutes }, async () => {
      const at = await opened();
      const wrecker = wreck(at, Number(seed));
      const began = Date.now();
      let killed: string[] = [];
      try {
        await liveThrough(at);
      } finally {
        killed = await wrecker.stop();
        console.log(`CHAOS_SEEDS=${seed}: ${(Date.now() - began) / 1000} s, killed ${killed.join(', ')}`);
      }
      expect(settled(await lineageOf(at))).toEqual(settled(unharmed));
      await expectSound(at);
    });
  }
});
