import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { asVisibleLine } from '../../schemas/index.js';

const Metadata = z.looseObject({ currentDetails: z.string().default('') });

/** What a workflow's card in the UI says now, in one plain line; null where no worker answers in time. */
export async function shownWords(client: Client, workflowId: string): Promise<string | null> {
  const ask = () => client.workflow.getHandle(workflowId).query('__temporal_workflow_metadata');
  try {
    const { currentDetails } = Metadata.parse(await client.withDeadline(Date.now() + 5000, ask));
    return plainLine(currentDetails);
  } catch {
    return null; // the next look asks again
  }
}

/** The first paragraph, without Markdown. */
export function plainLine(markdown: string): string {
  const [first = ''] = markdown.split('\n\n');
  return asVisibleLine(first.replace(/\*\*|`|^#+ /g, '').replace(/\\([^\w\s])/g, '$1'));
}

/** What a person should know of work that does not go on: what failed last, and how often. */
export async function troubleOf(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const failing = (raw.pendingActivities ?? []).find(({ attempt, lastFailure }) => (attempt ?? 1) > 1 && lastFailure);
    if (failing === undefined) return null;
    const { activityType, attempt, lastFailure } = failing;
    return asVisibleLine(`${activityType?.name}, attempt ${attempt}: ${lastFailure?.message ?? ''}`);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
