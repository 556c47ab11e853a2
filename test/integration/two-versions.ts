import type { LifecycleStatus } from '../../schemas/index.js';
import { smallLife } from '../../scripts/bench/small-model.js';
import { type SmallStack, statusWhen } from './small-stack.js';

export const production = (s: LifecycleStatus) => s.endpoints.find((e) => e.environment === 'production');
export const serving = (s: LifecycleStatus) => production(s)?.pushed && production(s)?.routes.current?.version;

interface Wanted {
  readonly model: string;
  /** who approves the first version */
  readonly by: string;
}

/** A lifecycle whose version 1 serves and whose version 2 is packaged; `more` is said at its start. */
export async function twoVersions(small: SmallStack, { model, by }: Wanted, more: object = {}): Promise<void> {
  const life = small.life(model);
  const input = smallLife(model, small.files);
  await small.start('modelLifecycle', `lifecycle/${model}`, { ...input, ...more });
  await statusWhen(life, (s) => s.waitingFor.length > 0);
  await life.decide({ decision: 'approve', by });
  await statusWhen(life, (s) => serving(s) === 1 && production(s)?.rollout === null);
  const { train } = input.recipe;
  const ran = async (type: string, workflowId: string, of: object) => {
    await small.start(type, workflowId, of);
    await small.client.workflow.getHandle(workflowId).result();
  };
  await ran('trainModel', `train/${model}`, { model, dataset: { name: `${model}-labelled` }, ...train, seed: 2 });
  await ran('packageModel', `package/${model}`, { model });
}
