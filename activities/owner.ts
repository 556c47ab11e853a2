import { getClient } from '@temporalio/activity';
import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { type CommandReply, type EndpointName, failure, workflowIds } from '../schemas/index.js';
import type { Activities } from './activities.js';
import { ifKnown } from './owner/if-known.js';
import { askOwner, ensureOwner, findLife, type LifePorts } from './owner/life.js';
import { asFinal, lookAtRun } from './owner/look-at-run.js';
import { ownQueues } from './owner/own-queues.js';
import { lookAtWork } from './owner/pending-work.js';
import { findRun } from './owner/running-workflow.js';
import { ownerStatus } from './owner/status.js';
import { updateOwner } from './owner/update.js';
import { untilCancelled } from './processes/heartbeat.js';
import type { Target } from './targets/target.js';

type OwnerActivities = Pick<
  Activities,
  'askOwner' | 'championOf' | 'ensureOwner' | 'findLife' | 'findRun' | 'lookAtRun' | 'lookAtWork' | 'updateOwner'
>;

export interface OwnerPorts extends LifePorts {
  /** the target of an environment */
  readonly target: (environment: string) => Target;
}

/** What passes between workflows by a client: it starts what is not there, and looks at what runs already. */
export function createOwnerActivities(ports: OwnerPorts): OwnerActivities {
  return {
    askOwner: (ask) => askOwner(getClient(), ports, ask),
    ensureOwner: ({ model }) => ensureOwner(getClient(), ports, model),
    findLife: ({ model }) => findLife(ports, model),
    championOf: (endpoint) => championOf(getClient(), ports, endpoint),
    updateOwner: (asked) => untilCancelled(handOn(getClient(), asked)),
    findRun: (wanted) => findRun(getClient(), wanted, ownQueues().orchestration),
    lookAtRun: (run) => lookAtRun(getClient(), run),
    lookAtWork: (asked) => lookAtWork(getClient(), asked, Object.values(ownQueues())),
  };
}

async function championOf(client: Client, ports: OwnerPorts, { model, environment }: EndpointName) {
  const owned = await ownedVersion(client, model, environment);
  if (owned !== null) return owned;
  const { routes } = await ports.target(environment).status({ model, environment });
  return routes.current?.version ?? null;
}

async function ownedVersion(client: Client, model: string, environment: string): Promise<number | null> {
  const workflowId = workflowIds.lifecycle(model);
  return ifKnown(async () => {
    if ((await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING') return null;
    const { endpoints } = await ownerStatus(client, workflowId, 5000);
    return endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;
  });
}

async function handOn(
  client: Client,
  { model, update, body, updateId }: Parameters<Activities['updateOwner']>[0],
): Promise<CommandReply> {
  const workflowId = workflowIds.lifecycle(model);
  try {
    return await updateOwner(client, { workflowId, name: update, body, updateId });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw failure('NOTHING_WAITING', `${workflowId} does not run: nothing waits there.`, {
        workflowId,
        cause: error,
      });
    throw error instanceof WorkflowUpdateFailedError ? asFinal(error.cause, error) : error;
  }
}
