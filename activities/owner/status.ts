import type { Client } from '@temporalio/client';
import type { LifecycleStatus } from '../../schemas/index.js';

/**
 * Asks a model's owner where it stands. Where no worker answers within `timeoutMs` milliseconds the question is taken
 * back (a gRPC deadline error): one that waits for the next worker is better asked anew.
 */
export function ownerStatus(client: Client, workflowId: string, timeoutMs: number): Promise<LifecycleStatus> {
  const ask = () => client.workflow.getHandle(workflowId).query<LifecycleStatus>('status');
  return client.withDeadline(Date.now() + timeoutMs, ask);
}
