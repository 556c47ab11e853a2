import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { asPlainText } from '../../schemas/index.js';

const Metadata = z.object({ currentDetails: z.string() });

const answerMs = 2000;
const mostCharacters = 200;

/** The first line of a workflow's live card, as plain text; null where it has none or no worker answers soon. */
export async function ownWord(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<string | null> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    const ask = () => handle.query('__temporal_workflow_metadata');
    return lineOf(await client.withDeadline(Date.now() + answerMs, ask));
  } catch {
    return null; // it is for people to read, and for nothing else
  }
}

export function lineOf(metadata: unknown): string | null {
  const { data } = Metadata.safeParse(metadata);
  const line = asPlainText((data?.currentDetails ?? '').split('\n')[0]?.replaceAll(/[*`#]/g, '') ?? '');
  return line === '' ? null : asPlainText(line.slice(0, mostCharacters));
}
