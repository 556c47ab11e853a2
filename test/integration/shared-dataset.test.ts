import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCode, type LifecycleStatus, type RetrainResult } from '../../schemas/index.js';
import { smallCanary, smallRecipe } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const by = 'ana@example.com';
let small: SmallStack;

beforeAll(async () => {
  small = await openSmallStack();
});
afterAll(async () => small?.stop());

const reached = (model: string, is: (s: LifecycleStatus) => unknown) => statusWhen(small.life(model), is);
const isWaiting = (s: LifecycleStatus) => s.waitingFor.length > 0;
const waitsFor = (s: LifecycleStatus) => s.running[0]?.waitsFor;

/** A recipe on the dataset that all of them share. */
function recipe(path: string, rule: string) {
  const { collect, label, train } = smallRecipe('shared', path);
  return { collect, label: { ...label, rule }, train };
}

/** Somebody collects the shared dataset, for as long as nobody works on that queue. */
const collectForLong = () =>
  small.client.workflow.start('collectData', {
    workflowId: 'collect/shared',
    taskQueue: 'nobody works here',
    args: [{ dataset: 'shared', sources: [{ name: 'trips', path: small.files.later }], partRows: 1000 }],
  });

describe('models that share a dataset', () => {
  it('wait for one another, say so, and each gets its own labels', async () => {
    const theirs = await collectForLong();
    await small.start('modelLifecycle', 'lifecycle/one', {
      model: 'one',
      recipe: recipe(small.files.first, 'delay > 15'),
    });
    await small.start('modelLifecycle', 'lifecycle/two', {
      model: 'two',
      recipe: recipe(small.files.later, 'delay > 10'),
    });
    const { running } = await reached('one', (s) => waitsFor(s) !== undefined);
    expect(running[0]?.waitsFor).toContain('collect/shared does something else first');
    expect(await small.details('lifecycle/one')).toContain('Waits: collect/shared');
    await theirs.terminate('a test');
    await Promise.all([reached('one', isWaiting), reached('two', isWaiting)]);
    const runs = await small.rows(
      `select distinct model, body::jsonb -> 'dataset' ->> 'name' as dataset from run join fact using (seq) order by model`,
    );
    const names = new Set(runs.map(({ dataset }) => dataset));
    expect(names.size).toBe(2);
    expect([...names].every((name) => String(name).startsWith('shared-labelled'))).toBe(true);
  });

  it('leave no activity open while they wait', async () => {
    for (const id of ['lifecycle/one', 'deploy/one/production']) {
      await until(
        async () => ((await small.client.workflow.getHandle(id).describe()).raw.pendingActivities ?? []).length === 0,
      );
    }
  });
});

describe('a retraining', () => {
  it('that is cancelled takes its deployment along, and leaves no gate open', async () => {
    const input = { model: 'three', recipe: { ...smallRecipe('three', small.files.first) }, canary: smallCanary };
    await small.start('retrainModel', 'retrain/three', input);
    await reached('three', isWaiting);
    await small.temporal('workflow', 'cancel', '-w', 'retrain/three');
    const ended = (id: string) =>
      (small.client.workflow.getHandle(id).result() as Promise<RetrainResult>).then(String, String);
    expect(await ended('retrain/three')).toContain('cancelled');
    expect((await small.client.workflow.getHandle('deploy/three/production').describe()).status.name).toBe('CANCELLED');
    await reached('three', (s) => s.waitingFor.length === 0 && s.endpoints[0]?.rollout === null);
    const late = await small.life('three').decide({ decision: 'approve', by }).catch(errorCode);
    expect(late).toBe('NOTHING_WAITING');
  });

  it('that is terminated takes its deployment along too', async () => {
    const input = { model: 'three', recipe: { ...smallRecipe('three', small.files.first) }, canary: smallCanary };
    await small.start('retrainModel', 'retrain/three', input);
    await reached('three', isWaiting);
    await small.temporal('workflow', 'terminate', '-w', 'retrain/three', '--reason', 'a test');
    await reached('three', (s) => s.waitingFor.length === 0 && s.endpoints[0]?.rollout === null);
  });
});
