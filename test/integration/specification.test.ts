import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LifecycleClient } from '../../client.js';
import type { CommandReply, DeployResult, LifecycleStatus } from '../../schemas/index.js';
import { errorCode, workflowIds } from '../../schemas/index.js';
import {
  by,
  deployAgain,
  environment,
  model,
  openTwoVersions,
  rollBack,
  type SmallLife,
  serves,
  specification,
  untilStatus,
} from '../life/small-life.js';
import { until } from './small-stack.js';

const minutes = 60_000;
const id = workflowIds.lifecycle(model);
const monitorSchedule = workflowIds.schedule(workflowIds.monitor(model, environment));
const retrainSchedule = workflowIds.schedule(workflowIds.retrain(model));
let at: SmallLife;

beforeAll(async () => {
  at = await openTwoVersions();
}, 4 * minutes);
afterAll(() => at?.close());

const owner = () => at.client.workflow.getHandle(id);
const recorded = async (sql: string) => (await at.pool.query(sql)).rows as Record<string, unknown>[];
const lastLife = async () =>
  (
    await recorded('select change, changed_by, fields, specification from lifecycle_change order by seq desc limit 1')
  )[0];
const isRunning = async () => (await owner().describe()).status.name === 'RUNNING';
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => errorCode(error),
  );
const schedules = async () => {
  const ids: string[] = [];
  for await (const { scheduleId } of at.client.schedule.list()) ids.push(scheduleId);
  return ids.toSorted();
};

async function specificationOf(runId?: string): Promise<Record<string, unknown>> {
  const { events } = await at.client.workflow.getHandle(id, runId).fetchHistory();
  const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(input?.data ?? []).toString());
}

/** Each test goes on where the one before it ended. */
describe('the specification of a lifecycle', () => {
  it('is a fact from its first start on', async () => {
    expect(await recorded('select change, model, specification from lifecycle_change')).toMatchObject([
      { change: 'started', model, specification: { recipe: { collect: specification.recipe.collect } } },
    ]);
  });

  it('is changed by configure: the reply says what, a fact has it, the next run begins with it', async () => {
    const before = (await owner().describe()).runId;
    const reply = await at.life.configure({
      by,
      specification: { compareEvery: '2 seconds', retrain: { ...specification.retrain, every: '30 days' } } as never,
    });
    expect(reply).toMatchObject({ changed: true, changes: ['compareEvery', 'retrain'] });
    await until(async () => (await owner().describe()).runId !== before);
    expect(await specificationOf()).toMatchObject({ model, compareEvery: '2 seconds', retrain: { every: '30 days' } });
    await until(async () => (await lastLife())?.['change'] === 'configured');
    expect(await lastLife()).toMatchObject({
      changed_by: by,
      fields: ['compareEvery', 'retrain'],
      specification: { compareEvery: '2 seconds' },
    });
    await serves(at, 2);
  });

  it('is refused to its sender where it is wrong', async () => {
    expect(await codeOf(at.life.configure({ by, specification: { compareEvery: '1ms' } }))).toBe('InvalidInput');
    const raw = owner().executeUpdate<CommandReply, [unknown]>('configure', {
      args: [{ by, specification: { model: 'other' } }],
    });
    expect(await codeOf(raw)).toBe('InvalidInput');
  });

  it('is followed by the Schedules, none is orphaned, and a pause of one stays', async () => {
    await until(async () => (await schedules()).length === 2);
    expect(await schedules()).toEqual([monitorSchedule, retrainSchedule]);
    await at.client.schedule.getHandle(monitorSchedule).pause('the summer');
    await at.life.configure({
      by,
      specification: { monitor: { every: '59 days' }, retrain: specification.retrain } as never,
    });
    await until(async () => (await schedules()).join() === monitorSchedule);
    const described = await until(async () => {
      const { state, spec } = await at.client.schedule.getHandle(monitorSchedule).describe();
      return spec.intervals?.[0]?.every === 59 * 86_400_000 ? state : null;
    });
    expect(described).toMatchObject({ paused: true, note: 'the summer' });
  });

  it('is not given up by a cancellation, which is refused and shown', async () => {
    await owner().cancel();
    const status = await untilStatus(at, 'the refusal', (s) => s.refused.some((r) => r.code === 'CANCEL_REFUSED'));
    expect(status.endpoints[0]?.routes.current?.version).toBe(2);
    await rollBack(at, 'after the cancellation', 1);
    await serves(at, 1);
    const before = (await owner().describe()).runId;
    await at.life.configure({ by, specification: { compareEvery: '3 seconds' } });
    await until(async () => (await owner().describe()).runId !== before);
    await serves(at, 1);
    expect(await isRunning()).toBe(true);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'the next message',
      () => tellOwner('deployModel', workflowIds.deploy(model, environment), { model, environment, version: 2 }),
    ],
    [
      'the tick of a Schedule',
      () => tellOwner('monitorModel', `${workflowIds.monitor(model, environment)}/tick`, { model, environment }),
    ],
  ])('is what an owner that was terminated is begun again with, by %s', async (_, next) => {
    await until(async () => (await at.life.status()).ledgerBehindBy === 0);
    await owner().terminate('a test');
    await next();
    await until(isRunning);
    expect(await specificationOf()).toMatchObject({
      compareEvery: '3 seconds',
      monitor: { every: '59 days' },
      recipe: {},
      retrain: { automatic: false },
    });
    const status = await untilStatus(at, 'what serves', (s) => s.endpoints[0]?.routes.current?.version === 1);
    expect(status.running).toEqual([]);
    await at.client.workflow
      .getHandle(workflowIds.deploy(model, environment))
      .terminate('not wanted')
      .catch(() => {});
    expect((await at.client.schedule.getHandle(monitorSchedule).describe()).state).toMatchObject({ paused: true });
  });

  it('stays what it is for a second start: joined where it is the same, refused where it is another', async () => {
    const inForce = await specificationOf();
    expect((await at.life.start(inForce as never)).workflowId).toBe(id);
    expect(await codeOf(at.life.start({ ...inForce, compareEvery: '7 seconds' } as never))).toBe('ALREADY_RUNNING');
  });
});

async function tellOwner(type: string, workflowId: string, input: object): Promise<void> {
  await at.client.workflow.start(type, { workflowId, taskQueue: 'mlops', args: [input] });
}

describe('a lifecycle that somebody else would like to be', () => {
  const start = (workflowId: string, args: unknown[], more: object = {}) =>
    at.client.workflow.execute('modelLifecycle', {
      workflowId,
      taskQueue: 'mlops',
      args,
      workflowExecutionTimeout: '20 s',
      ...more,
    });

  it.each<[string, string, unknown[], object]>([
    ['has another id', 'lifecycle/late-too', [{ model }], {}],
    ['has the id of another model', 'lifecycle/other', [{ model: 'othe' }], {}],
    ['is handed a state', 'lifecycle/forged', [{ model: 'forged' }, { stateVersion: 1, endpoints: [] }], {}],
    ['is handed nothing in place of a state', 'lifecycle/forged', [{ model: 'forged' }, null], {}],
    [
      'is handed a state again and again',
      'lifecycle/forged',
      [{ model: 'forged' }, {}],
      { retry: { maximumAttempts: 3 } },
    ],
    ['is tried again', 'lifecycle/forged', [{ model: 'forged' }], { retry: { maximumAttempts: 3 } }],
  ])('and %s is refused as InvalidInput', async (_, workflowId, args, more) => {
    expect(await codeOf(start(workflowId, args, more))).toBe('InvalidInput');
  });

  it('and is started by a cron schedule is refused each time, its state with it', async () => {
    const handle = await at.client.workflow.start('modelLifecycle', {
      workflowId: 'lifecycle/forged',
      taskQueue: 'mlops',
      args: [{ model: 'forged' }, { stateVersion: 1, endpoints: [] }],
      cronSchedule: '@every 1s',
    });
    const failures = async () => {
      let count = 0;
      for await (const { status } of at.client.workflow.list({ query: 'WorkflowId="lifecycle/forged"' }))
        count += status.name === 'FAILED' ? 1 : 0;
      return count;
    };
    await until(async () => (await failures()) >= 8);
    await handle.terminate('the test is over').catch(() => {});
    expect((await recorded(`select * from lifecycle_change where model = 'forged'`)).length).toBe(0);
  });
});

describe('a model whose answers must be signed', () => {
  it('stays so under an owner that begins without a word of it, on workers that would not ask for it', async () => {
    const signed = new LifecycleClient(at.client, 'signed');
    const begin = async (input: object, lives: number) => {
      await signed.start({ model: 'signed', environment, ...input });
      await until(
        async () => (await recorded(`select * from lifecycle_change where model = 'signed'`)).length === lives,
      );
    };
    const policy = { quorum: 2 };
    await begin({ signaturesRequired: true, deploy: { policy } }, 1);
    await at.client.workflow.getHandle(signed.workflowId).terminate('a test');
    await begin({}, 2);
    const now = await recorded(
      `select specification from lifecycle_change where model = 'signed' order by seq desc limit 1`,
    );
    expect(now).toMatchObject([{ specification: { environments: [{ name: environment, policy }] } }]);
    const lower = signed.configure({ by, specification: { deploy: { policy: { quorum: 1 } } } });
    expect(await codeOf(lower)).toBe('SIGNATURE_REQUIRED');
    expect(await recorded(`select signatures_required as is from lifecycle_change where model = 'signed'`)).toEqual([
      { is: true },
      { is: true },
    ]);
    await signed.signal('retire', { by, reason: 'the test is over' });
    await at.client.workflow.getHandle(signed.workflowId).result();
  });
});

describe('a flood by weight', () => {
  it('of signals as large as they may be leaves a rollback its effect', async () => {
    await deployAgain(at, 2);
    const large = { by, reason: '漢'.repeat(86_000) };
    await Promise.all(Array.from({ length: 40 }, () => owner().signal('retrain', large)));
    await rollBack(at, 'under weight');
    await serves(at, 1);
    expect(await isRunning()).toBe(true);
  });

  it('of larger ones is refused by the server', async () => {
    const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.alloc(400_000, 32) };
    const sent = at.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: id },
      signalName: 'retrain',
      input: { payloads: [payload] },
      requestId: 'too large',
    });
    await expect(sent).rejects.toThrow(/limit|exceed/i);
  });
});

describe('a retired model', () => {
  it('is remembered as such: no message and no deployment brings it back', async () => {
    await at.life.signal('retire', { by, reason: 'replaced' });
    expect(await owner().result()).toMatchObject({ retiredBy: by });
    expect(await lastLife()).toMatchObject({ change: 'retired', changed_by: by, specification: null });
    expect(await schedules()).toEqual([]);
    const deploying = at.client.workflow.execute('deployModel', {
      workflowId: workflowIds.deploy(model, environment),
      taskQueue: 'mlops',
      args: [{ model, environment, version: 2 }],
    }) as Promise<DeployResult>;
    expect(await codeOf(deploying)).toBe('MODEL_RETIRED');
    expect(await isRunning()).toBe(false);
  });

  it('is not started again without a word; with it, it begins a new life', async () => {
    const again = await at.life.start({ model, environment });
    expect(await codeOf(again.result())).toBe('MODEL_RETIRED');
    await at.life.start({ model, environment, revive: true });
    await until(async () => (await lastLife())?.['change'] === 'started');
    const status: LifecycleStatus = await at.life.status();
    expect(status).toMatchObject({ retired: false, problem: null });
  });

  it(
    'leaves with force where its model server is gone for good',
    async () => {
      await deployAgain(at, 1);
      await at.stack.modelServer.kill();
      await at.life.signal('retire', { by, reason: 'its server was decommissioned' });
      await untilStatus(at, 'it to be retired', (s) => s.retired);
      await at.life.signal('retire', { by, reason: 'its server was decommissioned', force: true });
      expect(await owner().result()).toMatchObject({ retiredBy: by });
      expect(await recorded('select change from endpoint_change order by seq desc limit 1')).toEqual([
        { change: 'retired' },
      ]);
    },
    3 * minutes,
  );
});
