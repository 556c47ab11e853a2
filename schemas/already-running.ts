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

/** A lifecycle is told what is to be another; a stage is waited for or cancelled. */
function cureFor({ workflowId, workflowType }: { readonly workflowId: string; readonly workflowType: string }): string {
  if (workflowType !== 'modelLifecycle')
    return `Wait for it, or cancel it with: temporal workflow cancel -w ${workflowId}`;
  const body = JSON.stringify({ by: 'you@example.com', specification: { compareEvery: '1 minute' } });
  return `To change what it does: npx temporal-mlops start <recipe> --change, or, a part of it: temporal workflow update execute -w ${workflowId} --name configure -i '${body}'`;
}
