import { execFileSync } from 'node:child_process';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound } from '../life/lineage-of-life.js';
import {
  ask,
  openTwoVersions,
  rollBack,
  rollBackByBreakGlass,
  type SmallLife,
  serves,
  until,
} from '../life/small-life.js';

const minutes = 60_000;
let at: SmallLife;
let serving = 2;
let rollbacks = 0;

beforeAll(async () => {
  at = await openTwoVersions({ durable: true });
}, 3 * minutes);
afterAll(() => at?.close());

/** Back to the version that is kept warm; the seconds until it answers. */
async function rollBackIn(began = performance.now()): Promise<number> {
  serving = serving === 1 ? 2 : 1;
  const answered = rollBack(at, `rollback-${++rollbacks}`, serving);
  await until(`version ${serving} to answer`, async () => (await ask(at, 30)) === serving);
  const seconds = Math.round(performance.now() - began) / 1000;
  await answered;
  console.log(`${expect.getState().currentTestName}: ${seconds} s`);
  return seconds;
}

/** The processes that answer requests, and not the one that minds them. */
function killServingProcesses(): void {
  const children = execFileSync('pgrep', ['-P', String(at.stack.modelServer.pid())])
    .toString()
    .trim()
    .split('\n');
  for (const pid of children) process.kill(Number(pid), 'SIGKILL');
}

/**
 * The folder is a link to a plain file until it is brought back: nothing can be read, and nobody can make it anew
 * meanwhile. Both links are put in place by one `rename`, so there is no moment without one.
 */
function takeBlobsAway(blobs: string): () => void {
  const link = (target: string) => {
    symlinkSync(target, `${blobs}-link`);
    renameSync(`${blobs}-link`, blobs);
  };
  writeFileSync(`${blobs}-none`, '');
  renameSync(blobs, `${blobs}-kept`);
  link(`${blobs}-none`);
  return () => link(`${blobs}-kept`);
}

describe('a rollback is served', () => {
  it('within 5 s when all is well', async () => {
    expect(await rollBackIn()).toBeLessThan(5);
    await serves(at, serving);
  });

  it('once: break-glass rollback after it changes nothing', async () => {
    await rollBackByBreakGlass(at);
    expect(await ask(at, 30)).toBe(serving);
    await serves(at, serving);
  });

  it('within 10 s with Postgres dead', async () => {
    await at.stack.postgres?.kill();
    expect(await rollBackIn()).toBeLessThan(10);
    await at.stack.postgres?.start();
    await serves(at, serving);
  });

  it('within 10 s with unreadable blobs', async () => {
    const bringBack = takeBlobsAway(join(at.folder, 'blobs'));
    const seconds = await rollBackIn().finally(bringBack);
    expect(seconds).toBeLessThan(10);
    await serves(at, serving);
  });

  it('within 10 s with the serving process killed', async () => {
    killServingProcesses();
    expect(await rollBackIn()).toBeLessThan(10);
    await serves(at, serving);
  });

  it('within 10 s of the start of a model server that was killed', async () => {
    await at.stack.modelServer.kill();
    const began = performance.now();
    const rollingBack = rollBackIn(began);
    await at.stack.modelServer.start();
    expect(await rollingBack).toBeLessThan(10);
    await serves(at, serving);
  });

  it('within 20 s with the worker killed and started again', async () => {
    await at.stack.worker.kill();
    const rollingBack = rollBackIn();
    await at.stack.worker.start();
    expect(await rollingBack).toBeLessThan(20);
    await serves(at, serving);
  });

  it('as soon as Temporal is back', async () => {
    await at.stack.temporal.kill();
    await sleep(2000);
    await at.stack.temporal.start();
    expect(await rollBackIn()).toBeLessThan(20);
    await serves(at, serving);
  });

  it('and the ledger has it all', async () => {
    const { rows } = await at.pool.query(`select count(*)::int as n from endpoint_change where change = 'rolledBack'`);
    expect(rows[0].n).toBe(rollbacks);
    await expectSound(at);
  });
});
