import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LifecycleClient } from '../../client.js';
import {
  AnalysisPolicy,
  type DeployResult,
  type DeployStatus,
  errorCode,
  type LifecycleStatus,
  type Step,
} from '../../schemas/index.js';
import { known, trips } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen, until } from '../integration/small-stack.js';
import { serving, twoVersions } from '../integration/two-versions.js';

const model = 'flooded';
const deploy = `deploy/${model}/production`;
const by = 'ana@example.com';
const minutes = 60_000;

let small: SmallStack;
let life: LifecycleClient;

/** Version 1 serves, and version 2 is packaged. */
beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  await twoVersions(small, { model, by });
}, 3 * minutes);
afterAll(async () => small?.stop());

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const handle = () => small.client.workflow.getHandle(deploy);
const statusOf = () => handle().query<DeployStatus>('status');
const runOf = async () => (await handle().describe()).runId;
const [trip] = trips(1).map(known);

const begin = (steps: Step[]) => small.start('deployModel', deploy, { model, version: 2, strategy: { steps } });

async function rollBack(): Promise<void> {
  await life.rollback({ by, reason: 'the next test' });
  await reached((s) => serving(s) === 1 && s.ledgerBehindBy === 0);
}

/** Wrong, forged and empty messages under the real names. */
const junk = [
  ['approve', { by: '' }],
  ['reject', 'not an object'],
  ['rollback', { by }],
  ['pause', null],
  ['recordOutcomes', { outcomes: [] }],
  ['rolloutTold', { kind: 'granted' }],
] as const;

/** Sends `count` signals, as many at once as a few senders do; `of` says which. */
async function flood(count: number, of: (n: number) => readonly [string, unknown]): Promise<void> {
  let next = 0;
  const sender = async () => {
    while (next < count) {
      const [name, body] = of(next++);
      await handle().signal(name, body);
    }
  };
  await Promise.all(Array.from({ length: 25 }, sender));
}

const anyJunk = (n: number) => junk[n % junk.length] as (typeof junk)[number];

describe('a flood of signals to a running deployModel', () => {
  it(
    'that came while no worker was there is refused and counted, and the deployment is approved and promoted',
    async () => {
      await begin([{ kind: 'share', share: 0.5 }]);
      await reached((s) => s.waitingFor.length > 0);
      const first = await runOf();
      await small.stack.worker.kill();
      await flood(2600, anyJunk);
      await flood(300, (n) => ['resume', { by, requestId: `flood-${n}` }]);
      await small.stack.worker.start();
      await handle().signal('approve', { by, version: 2 });
      expect((await handle().result()) as DeployResult).toMatchObject({
        outcome: 'promoted',
        version: 2,
        approvedBy: by,
      });
      expect(await runOf()).not.toBe(first);
      expect((await statusOf()).messages.refused).toBeGreaterThan(2000);
      await reached((s) => serving(s) === 2 && s.ledgerBehindBy === 0);
      await rollBack();
    },
    4 * minutes,
  );

  it(
    'does not end its rollout, which goes on where it was in a new run, and a rollback through it is served',
    async () => {
      await begin([
        { kind: 'share', share: 0.5 },
        { kind: 'bake', duration: '30 minutes' },
      ]);
      await reached((s) => s.waitingFor.length > 0);
      await small.update(deploy, 'decide', { decision: 'approve', by });
      await until(async () => (await statusOf()).step === 1);
      const before = await runOf();
      await flood(1300, anyJunk);
      await until(async () => (await runOf()) !== before);
      expect(await statusOf()).toMatchObject({ phase: 'rolling out', step: 1, approvedBy: by, version: 2 });
      await handle().signal('rollback', { by, reason: 'late answers' });
      expect((await handle().result()) as DeployResult).toMatchObject({ outcome: 'rolledBack', serving: 1 });
      await until(async () => (await small.ask(model, trip ?? {})).version === 1);
    },
    4 * minutes,
  );

  it(
    'by weight does not end it either: a few large ones are as many small ones',
    async () => {
      await begin([{ kind: 'pause' }]);
      await reached((s) => s.waitingFor.length > 0);
      const before = await runOf();
      const comment = 'x'.repeat(200_000);
      const stranger = new Client({ connection: small.connection }).workflow.getHandle(deploy); // without our converter's limit
      for (let i = 0; i < 20; i++) await stranger.signal('approve', { by, comment });
      await until(async () => (await runOf()) !== before);
      expect(await statusOf()).toMatchObject({ phase: 'waiting for approval', version: 2 });
      await small.update(deploy, 'decide', { decision: 'reject', by, comment: 'enough' });
      expect((await handle().result()) as DeployResult).toMatchObject({ outcome: 'rejected', serving: 1 });
    },
    4 * minutes,
  );
});

describe('a state that somebody hands to a deployModel', () => {
  it('is refused: it comes only from the run before', async () => {
    const granted = {
      kind: 'granted',
      fence: { generation: 1e9, step: 0 },
      approvedBy: by,
      firstVersion: false,
      nonce: 'x',
    };
    const heard = { granted, approved: null, refused: null, stopped: null, stepsDone: [] };
    const forged = { rollout: null, heard, forwarding: { waiting: [], refused: 0, newestRefusal: null } };
    const options = { workflowId: `${deploy}/forged`, taskQueue: 'mlops', args: [{ model, version: 2 }, forged] };
    expect(await small.client.workflow.execute('deployModel', options).catch(errorCode)).toBe('InvalidInput');
    // the second run of a schedule has a run before it, too
    const ticking = { ...options, workflowId: `${deploy}/ticking`, cronSchedule: '@every 1s' };
    const handle = await small.client.workflow.start('deployModel', ticking);
    const failures = async () => {
      let count = 0;
      for await (const { status } of small.client.workflow.list({ query: `WorkflowId="${ticking.workflowId}"` }))
        count += status.name === 'FAILED' ? 1 : 0;
      return count;
    };
    await until(async () => (await failures()) >= 3);
    await handle.terminate('the test is over').catch(() => {});
    const loaded = (await small.rows(`select 1 from endpoint_change where generation > 1000`)).length;
    expect(loaded).toBe(0);
  });
});

describe('an analysis', () => {
  it('is looked at a few times, each time briefly, and goes on by the clock when its worker was gone', async () => {
    const analysis = {
      minRequests: 3,
      maxErrorShare: 0,
      timeout: '10 minutes',
      lookEvery: '2 seconds',
      duration: '8 seconds',
    };
    await begin([
      { kind: 'share', share: 1 },
      { kind: 'analyse', ...AnalysisPolicy.parse(analysis) },
    ]);
    await reached((s) => s.waitingFor.length > 0);
    await life.decide({ decision: 'approve', by });
    await until(async () => (await statusOf()).step === 1);
    const began = Date.now();
    for (let i = 0; i < 5; i++) await small.ask(model, trip ?? {});
    await small.stack.worker.kill();
    await small.stack.worker.start();
    const result = (await handle().result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'promoted', serving: 2 });
    expect(result.reasons.join()).toContain('0.00 % of 5');
    expect(Date.now() - began).toBeLessThan(14_000);
    const { events } = await handle().fetchHistory();
    const looks = events?.filter(
      (e) => e.activityTaskScheduledEventAttributes?.activityType?.name === 'candidateTraffic',
    );
    expect(looks?.length).toBeGreaterThan(2);
    expect(looks?.length).toBeLessThan(12);
    await rollBack();
  });
});
