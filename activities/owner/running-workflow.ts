import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { canonicalJson, failure, registry } from '../../schemas/index.js';

/** A workflow that somebody wants to start or to join. */
export interface Wanted {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly input: unknown;
}

/** The run that goes on under the wanted id, if it has the same input; ALREADY_RUNNING otherwise. */
export async function runOfSame(client: Client, wanted: Wanted): Promise<string> {
  const running = await describeRunning(client, wanted.workflowId);
  if (sameInput(wanted, running)) return running.runId;
  const { workflowId } = wanted;
  throw failure(
    'ALREADY_RUNNING',
    `${workflowId} runs already with another input (run ${running.runId}). ${cureFor(wanted)}`,
    { workflowId, runId: running.runId },
  );
}

interface Running {
  readonly runId: string;
  readonly workflowType: string;
  readonly input: unknown;
}

async function describeRunning(client: Client, workflowId: string): Promise<Running> {
  const { runId, type } = await client.workflow.getHandle(workflowId).describe();
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return { runId, workflowType: type, input: await decoded(client, started?.input?.payloads ?? []) };
}

/** The first of the payloads; a lifecycle that continued as new also carries its state. */
async function decoded(client: Client, payloads: Payload[]): Promise<unknown> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let plain = payloads.slice(0, 1);
  for (const codec of payloadCodecs) plain = await codec.decode(plain);
  return plain[0] === undefined ? undefined : payloadConverter.fromPayload(plain[0]);
}

/** Equal after defaults are filled in, so that `{}` and its spelled-out form are the same wish. */
function sameInput(wanted: Wanted, running: Running): boolean {
  if (wanted.workflowType !== running.workflowType) return false;
  const documented = registry[wanted.workflowType as keyof typeof registry];
  const [a, b] = [documented.schema.safeParse(wanted.input), documented.schema.safeParse(running.input)];
  return a.success && b.success && canonicalJson(a.data) === canonicalJson(b.data);
}

/** A lifecycle is told what is to be another; a stage is waited for or cancelled. */
function cureFor({ workflowId, workflowType }: Wanted): string {
  if (workflowType !== 'modelLifecycle')
    return `Wait for it, or cancel it with: temporal workflow cancel -w ${workflowId}`;
  const body = JSON.stringify({ by: 'you@example.com', specification: { compareEvery: '1 minute' } });
  return `To change what it does: temporal workflow update execute -w ${workflowId} --name configure -i '${body}'`;
}
