import { WorkflowNotFoundError } from '@temporalio/common';

/** Null where Temporal knows no such workflow, or where it is over and takes no message any more. */
export async function ifKnown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
