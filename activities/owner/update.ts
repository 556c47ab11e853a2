import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { CommandReply } from '../../schemas/index.js';

export interface OwnerUpdate {
  readonly workflowId: string;
  readonly name: 'decide' | 'rollback' | 'configure';
  readonly body: unknown;
  /** the same id again is the same update, within one run of the owner */
  readonly updateId?: string;
}

const pauseMs = 100;
const mostTries = 50;
/** of gRPC */
const failedPrecondition = 9;

/**
 * Updates a model's owner. One that arrives just as the owner continues as new is turned away untouched ("workflow
 * execution already completed", or "unexpected workflow task failure" where the task that handed over had to be done
 * again): it is sent again.
 */
export async function updateOwner(client: Client, update: OwnerUpdate): Promise<CommandReply> {
  const { workflowId, name, body, updateId } = update;
  const owner = client.workflow.getHandle(workflowId);
  for (let tried = 1; ; tried += 1) {
    try {
      const id = updateId === undefined ? {} : { updateId };
      return await owner.executeUpdate<CommandReply, [unknown]>(name, { args: [body], ...id });
    } catch (error) {
      if (!wasTurnedAway(error) || tried === mostTries) throw error;
      if ((await owner.describe()).status.name !== 'RUNNING') throw error;
      await sleep(pauseMs);
    }
  }
}

const wasTurnedAway = (error: unknown) =>
  error instanceof WorkflowNotFoundError ||
  (error instanceof ServiceError && isGrpcServiceError(error.cause) && error.cause.code === failedPrecondition);
