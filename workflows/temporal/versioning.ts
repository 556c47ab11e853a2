import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

type AnyWorkflow = (...args: never[]) => Promise<unknown>;

/** A stage ends on the code it began on. */
export function pinned(workflow: AnyWorkflow): void {
  declare(workflow, 'PINNED');
}

/** A workflow that lives for years moves to new code; its changes are guarded by `patched`. */
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
