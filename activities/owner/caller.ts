import { activityInfo } from '@temporalio/activity';
import { failure, workflowIds, workflowTypes } from '../../schemas/index.js';

/*
 * Whoever may start workflows can have a worker of ours run any of its activities. What moves routes or speaks for a person
 * is done for the workflows whose decision it is, and for no other.
 */

/** Only the lifecycle of a model decides about its endpoints and its gates. */
export function requireOwner(model: string): void {
  const { workflowType, workflowExecution } = activityInfo();
  if (workflowType === workflowTypes.lifecycle && workflowExecution?.workflowId === workflowIds.lifecycle(model))
    return;
  throw notAllowed(workflowIds.lifecycle(model));
}

/** Only a deployment loads versions and opens the break-glass door. */
export function requireDeployment(): void {
  if (activityInfo().workflowType !== workflowTypes.deploy) throw notAllowed('a deployModel workflow');
}

function notAllowed(who: string) {
  const { activityType, workflowType, workflowExecution } = activityInfo();
  return failure('CALLER_NOT_ALLOWED', `${activityType} is done for ${who} alone.`, {
    workflowType,
    workflowId: workflowExecution?.workflowId,
  });
}
