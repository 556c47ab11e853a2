import { failure } from './failure.js';

/** Why a workflow is neither started nor joined, with what can be done. */
export function alreadyRunning(wanted: { readonly workflowId: string; readonly workflowType: string }, runId: string) {
  const { workflowId } = wanted;
  return failure(
    'ALREADY_RUNNING',
    `${workflowId} runs already with another input (run ${runId}). ${cureFor(wanted)}`,
    { workflowId, runId },
  );
}

/** A lifecycle is left by retiring it; a stage is waited for or cancelled. */
function cureFor({ workflowId, workflowType }: { readonly workflowId: string; readonly workflowType: string }): string {
  if (workflowType !== 'modelLifecycle')
    return `Wait for it, or cancel it with: temporal workflow cancel -w ${workflowId}`;
  const body = JSON.stringify({ by: 'you@example.com', reason: 'begins anew' });
  return `To begin anew, retire it first: temporal workflow signal -w ${workflowId} --name retire -i '${body}'`;
}
