import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import {
  type CheckedLifecycleInput,
  registry as documented,
  failure,
  modelRetired,
  parseInput,
  workflowIds,
  workflowTypes,
} from '../../schemas/index.js';
import type { Activities, FoundLife } from '../activities.js';
import type { Life, Registry } from '../stores/registry.js';
import { soon } from '../stores/soon.js';
import { ifKnown } from './if-known.js';
import { ownQueues } from './own-queues.js';

export interface LifePorts {
  readonly registry: Pick<Registry, 'life'>;
  readonly signaturesRequired: boolean;
}

export async function findLife({ registry, signaturesRequired }: LifePorts, model: string): Promise<FoundLife> {
  const life = await registry.life(model);
  if (life === null) return { signaturesRequired, retired: null, before: null, environments: null };
  const { version, promoted, decidedIn, retired } = life;
  const isSigned = signaturesRequired || life.signaturesRequired;
  return {
    signaturesRequired: isSigned,
    retired,
    before: { version, promoted, decidedIn },
    environments: life.signaturesRequired ? (specificationOf(life)?.environments ?? null) : null,
  };
}

type Ask = Parameters<Activities['askOwner']>[0];

/** An owner that runs is asked without the ledger, which may be away. */
export async function askOwner(client: Client, ports: LifePorts, ask: Ask): Promise<void> {
  try {
    if (!(await isRunning(client, workflowIds.lifecycle(ask.model)))) return await startAndAsk(client, ports, ask);
    await client.workflow.getHandle(workflowIds.lifecycle(ask.model)).signal(ask.signal, ask.body);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await startAndAsk(client, ports, ask);
  }
}

async function startAndAsk(client: Client, { registry }: LifePorts, ask: Ask): Promise<void> {
  const { model, environment, signal, body } = ask;
  const life = await soon(registry.life(model));
  if (life?.retired && signal === 'endpointMoved') return; // nobody owns what moved
  if (life?.retired) throw modelRetired(model, life.retired);
  await client.workflow.signalWithStart(workflowTypes.lifecycle, {
    ...startOptions(model, specificationOf(life) ?? { model, environment }),
    signal,
    signalArgs: [body],
  });
}

/** An owner that was ended by force is begun again, so that what serves is not without one for longer than this is asked. */
export async function ensureOwner(client: Client, { registry }: LifePorts, model: string): Promise<void> {
  if (await isRunning(client, workflowIds.lifecycle(model))) return;
  const life = await registry.life(model);
  const specification = specificationOf(life);
  if (life?.retired || specification === null) return;
  try {
    await client.workflow.start(workflowTypes.lifecycle, startOptions(model, specification));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Whoever sits on the owner's id without being one would swallow every message: that is said until somebody ends it. */
async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  const found = await ifKnown(() => client.workflow.getHandle(workflowId).describe());
  if (found?.status.name !== 'RUNNING') return false;
  const { type, taskQueue } = found;
  if (type === workflowTypes.lifecycle && taskQueue === ownQueues().orchestration) return true;
  throw failure(
    'TEMPORAL_UNAVAILABLE',
    `${workflowId} is taken by a ${type} on the task queue ${taskQueue}, which is no owner of ours. End it: temporal workflow terminate -w ${workflowId}`,
    { workflowId, type, taskQueue },
  );
}

/** One that today's code does not take any more is refused here, where it is seen and tried again, and loses no message. */
function specificationOf(life: Life | null): CheckedLifecycleInput | null {
  const specification = life?.specification ?? null;
  if (specification === null) return null;
  return parseInput(documented.modelLifecycle, specification, 'modelLifecycle, from its recorded specification,');
}

const startOptions = (model: string, specification: object) => ({
  workflowId: workflowIds.lifecycle(model),
  taskQueue: ownQueues().orchestration,
  args: [specification] as [object],
  staticSummary: `the life of ${model}`,
});
