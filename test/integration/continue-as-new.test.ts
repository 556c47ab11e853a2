import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandReply, LifecycleStatus } from '../../schemas/index.js';
import { openFaultyLife } from '../life/faulty-life.js';
import { by, model, type SmallLife, specification, untilStatus } from '../life/small-life.js';
import { until } from './small-stack.js';

const minutes = 60_000;
const id = `lifecycle/${model}`;
const { recipe } = specification;
const collect = `collect/${recipe.collect.dataset}`;
let at: SmallLife;

beforeAll(async () => {
  at = await openFaultyLife([], { WITHOUT_COMPUTE: 'true' });
  await at.life.start({ model, recipe });
  await until(() => runOf(collect));
}, 3 * minutes);
afterAll(() => at?.close());

const runOf = async (workflowId: string) => (await at.client.workflow.getHandle(workflowId).describe()).runId;
const collects = (s: LifecycleStatus) => s.running.some(({ workflowId }) => workflowId === collect);

/**
 * Sends more junk than one run takes, and waits for the next one. Not without end: a run cannot give way while signals
 * keep coming in, and after 10,000 of them the server refuses more.
 */
async function continueAsNew(): Promise<void> {
  const before = await runOf(id);
  const handle = at.client.workflow.getHandle(id);
  for (let hundreds = 0; hundreds < 6; hundreds++)
    await Promise.all(Array.from({ length: 100 }, () => handle.signal('pause', 'not a body')));
  await until(async () => (await runOf(id)) !== before);
}

/** Each test goes on where the one before it ended. */
describe('a lifecycle that continues as new while a stage runs', () => {
  it('answers every update, also those that arrive in between, and each takes effect once', async () => {
    const replies: Promise<CommandReply>[] = [];
    const asking = setInterval(() => {
      const body = { by, reason: 'too early', requestId: `early-${replies.length}` };
      replies.push(at.life.rollback(body));
    }, 100);
    await continueAsNew();
    clearInterval(asking);
    const answers = await Promise.all(replies);
    expect(answers.length).toBeGreaterThan(5);
    for (const answer of answers) expect(answer).toMatchObject({ accepted: false, code: 'NOTHING_TO_ROLL_BACK' });
    const { refused } = await at.life.status();
    expect(refused.filter((r) => r.message === 'rollback').length).toBeGreaterThan(0);
  });

  it('waits for that same run of the stage, and does not start it twice', async () => {
    const stage = await runOf(collect);
    await continueAsNew();
    const { running } = await untilStatus(at, 'the stage', collects);
    expect(running).toEqual([{ stage: 'collect', workflowId: collect }]);
    expect(await runOf(collect)).toBe(stage);
  });

  it('holds no activity slot while it waits for it', async () => {
    const pending = async () => (await at.client.workflow.getHandle(id).describe()).raw.pendingActivities ?? [];
    await until(async () => (await pending()).length === 0);
  });

  it('says so when that stage ends without a result, and resume runs it again', async () => {
    const stage = await runOf(collect);
    await endStage();
    const { problem } = await at.life.status();
    expect(problem).toMatch(/^collect failed: collect\/trips ended without a result/);
    await at.life.signal('resume', { by });
    await untilStatus(at, 'the stage again', collects);
    await until(async () => (await runOf(collect)) !== stage);
  });

  it('joins a stage that somebody else began meanwhile with the same input', async () => {
    await endStage();
    const { dataset, sources, window } = recipe.collect;
    const options = { workflowId: collect, taskQueue: 'mlops', args: [{ window, sources, dataset }] };
    await at.client.workflow.start('collectData', options);
    const theirs = await runOf(collect);
    await at.life.signal('resume', { by });
    await untilStatus(at, 'the stage of somebody else', collects);
    await continueAsNew();
    expect((await untilStatus(at, 'it after that', collects)).problem).toBeNull();
    expect(await runOf(collect)).toBe(theirs);
  });

  it('is told by its stage that it ends, asks Temporal, and believes nothing that is told before', async () => {
    await endStage();
    await at.life.signal('resume', { by });
    await untilStatus(at, 'its own stage', collects);
    await continueAsNew();
    const stage = { workflowId: collect, runId: await runOf(collect) };
    await at.client.workflow.getHandle(id).signal('stageEnded', stage);
    await until(async () => (await signalsOf(id)).includes('stageEnded'));
    expect((await untilStatus(at, 'it still', collects)).problem).toBeNull();
    await at.client.workflow.getHandle(collect).cancel();
    await untilStatus(at, 'the plan to stop', (s) => s.stage === 'stopped');
    expect((await signalsOf(id)).filter((name) => name === 'stageEnded')).toHaveLength(2);
  });
});

/** The signals that the newest run took. */
async function signalsOf(workflowId: string): Promise<string[]> {
  const { events } = await at.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap((e) => e.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}

async function endStage(): Promise<void> {
  await at.client.workflow.getHandle(collect).terminate('out of memory');
  await untilStatus(at, 'the plan to stop', (s) => s.stage === 'stopped');
}
