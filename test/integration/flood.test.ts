import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound } from '../life/lineage-of-life.js';
import {
  ask,
  by,
  deployAgain,
  openTwoVersions,
  rollBack,
  rollBackByBreakGlass,
  type SmallLife,
  serves,
  until,
  untilStatus,
} from '../life/small-life.js';

const minutes = 60_000;
const junkCount = 12_000;
const senders = 50;
let at: SmallLife;

beforeAll(async () => {
  at = await openTwoVersions();
}, 3 * minutes);
afterAll(() => at?.close());

/** Wrong, forged, early and undecodable messages under the real names. */
const junk = [
  ['approve', { by, version: 99 }],
  ['approve', { by: '', modelDigest: 'x' }],
  ['reject', 'not an object'],
  ['rollback', { by }],
  ['rollback', { by, reason: 'no such version', toVersion: 99 }],
  ['retrain', { reason: 'x'.repeat(501) }],
  ['recordOutcomes', { outcomes: [] }],
  ['pause', null],
  ['retire', { by }],
  ['resume', [1, 2, 3]],
] as const;

interface Flood {
  accepted: number;
  refused: number;
  seconds: number;
}

/** Every sender sends its share one after another; now and then a message that is meant. */
async function flood(outcomeBatches: number): Promise<Flood> {
  const handle = at.client.workflow.getHandle(at.life.workflowId);
  const sum: Flood = { accepted: 0, refused: 0, seconds: 0 };
  const began = performance.now();
  let next = 0;
  const send = async (name: string, body: unknown) => {
    await handle.signal(name, body).then(
      () => (sum.accepted += 1),
      () => (sum.refused += 1),
    );
  };
  const sender = async () => {
    while (next < junkCount) {
      const n = next++;
      const [name, body] = junk[n % junk.length] as (typeof junk)[number];
      await send(name, body);
      const every = junkCount / outcomeBatches;
      if (n % every === 0) await send('recordOutcomes', outcomesOf(n / every));
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  sum.seconds = seconds(began);
  return sum;
}

const outcomesOf = (batch: number) => ({ by, outcomes: [{ requestId: `flooded-${batch}`, outcome: true }] });
const seconds = (began: number) => Math.round(performance.now() - began) / 1000;

/** Seconds until the server answers with the version. */
async function secondsUntilAnswers(version: number, began = performance.now()): Promise<number> {
  await until(`version ${version} to answer`, async () => (await ask(at, 30)) === version);
  return seconds(began);
}

describe('a flood of 12,000 junk signals from 50 senders', () => {
  it(
    'holds up no rollback, loses no message and leaves the state small',
    async () => {
      const before = (await at.life.status()).counts;
      const runsBefore = await runs();
      const flooding = flood(20);
      await sleep(2000);
      const byUpdate = rollBack(at, 'in the flood');
      const updateSeconds = await secondsUntilAnswers(1);
      await byUpdate;
      const sent = await flooding;
      await at.life.signal('rollback', { by, reason: 'the other way', toVersion: 2, requestId: 'after it' });
      const signalSeconds = await secondsUntilAnswers(2);
      console.log({ sent, updateSeconds, signalSeconds });
      expect(sent).toMatchObject({ accepted: junkCount + 20, refused: 0 });
      expect(updateSeconds).toBeLessThan(20);
      expect(signalSeconds).toBeLessThan(20);
      const { counts, ledgerBehindBy } = await untilStatus(
        at,
        'every message to be counted',
        (s) => s.counts.messages >= before.messages + junkCount + 22 && s.ledgerBehindBy === 0,
      );
      expect(counts.messages - before.messages).toBe(junkCount + 22);
      expect(counts.refused - before.refused).toBeGreaterThanOrEqual(junkCount);
      expect(ledgerBehindBy).toBe(0);
      await until('new runs to be listed', async () => (await runs()) - runsBefore >= 3, 10_000);
      expect(await carriedBytes()).toBeLessThan(64 * 1024);
      const outcomes = await at.pool.query(`select count(*)::int as n from outcome where request_id like 'flooded-%'`);
      const changes = await at.pool.query(`select count(*)::int as n from endpoint_change where change = 'rolledBack'`);
      expect([outcomes.rows[0].n, changes.rows[0].n]).toEqual([20, 2]);
    },
    4 * minutes,
  );

  it(
    'leaves approvals and deployments as they were',
    async () => {
      await deployAgain(at, 1);
      expect(await ask(at, 31)).toBe(1);
    },
    3 * minutes,
  );

  it(
    'sent while the worker is dead, closes no door once it is back',
    async () => {
      await at.stack.worker.kill();
      const sent = await flood(1);
      const began = performance.now();
      const door = rollBackByBreakGlass(at);
      await at.stack.worker.start();
      const doorSeconds = await secondsUntilAnswers(2, began);
      await door;
      console.log({ sent, doorSeconds });
      expect(doorSeconds).toBeLessThan(20);
      await serves(at, 2);
      await deployAgain(at, 1);
      await rollBack(at, 'after the second flood');
      expect(await ask(at, 32)).toBe(2);
      await expectSound(at);
    },
    4 * minutes,
  );
});

async function runs(): Promise<number> {
  let count = 0;
  for await (const _ of at.client.workflow.list({ query: `WorkflowId="${at.life.workflowId}"` })) count += 1;
  return count;
}

/** What the newest run was handed. */
async function carriedBytes(): Promise<number> {
  const { runId } = await at.client.workflow.getHandle(at.life.workflowId).describe();
  const { events } = await at.client.workflow.getHandle(at.life.workflowId, runId).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}
