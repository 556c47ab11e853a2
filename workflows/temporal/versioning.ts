import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

type AnyWorkflow = (...args: never[]) => Promise<unknown>;

/** A stage that only computes ends on the code it began on. */
export function pinned(workflow: AnyWorkflow): void {
  declare(workflow, 'PINNED');
}

/** What lives for years, or waits weeks for a person, moves to new code; its changes are guarded by `patched`. */
export function autoUpgrading(workflow: AnyWorkflow): void {
  declare(workflow, 'AUTO_UPGRADE');
}

/** The server refuses a behaviour from a worker without worker versioning, which is off by default. */
function declare(workflow: AnyWorkflow, versioningBehavior: 'PINNED' | 'AUTO_UPGRADE'): void {
  const isVersioned = () => (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== '';
  setWorkflowOptions(
    () => (isVersioned() ? { versioningBehavior } : {}),
    workflow as (...args: unknown[]) => Promise<unknown>,
  );
}
