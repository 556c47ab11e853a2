import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { alreadyRunning, canonicalJson, registry } from '../../schemas/index.js';
import { ifKnown } from './if-known.js';
import { firstRunOf } from './look-at-run.js';

/** A workflow that somebody wants to start or to join. */
export interface Wanted {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly input: unknown;
}

/** What goes on under a wanted id: nothing, what is wanted, or something else. The run is the first of its chain. */
export type FoundRun =
  | { readonly kind: 'none' }
  | { readonly kind: 'same'; readonly runId: string }
  | { readonly kind: 'other'; readonly runId: string };

/** The run that goes on under the wanted id, if it has the same input; ALREADY_RUNNING otherwise. */
export async function runOfSame(client: Client, wanted: Wanted): Promise<string> {
  const running = await describeRunning(client, wanted.workflowId);
  if (sameInput(wanted, running)) return running.runId;
  throw alreadyRunning(wanted, running.runId);
}

/** What runs on a queue of somebody else's, where nobody may ever take it up, is not what is wanted. */
export async function findRun(client: Client, wanted: Wanted, taskQueue: string): Promise<FoundRun> {
  const running = await ifKnown(() => describeRunning(client, wanted.workflowId));
  if (!running?.isRunning) return { kind: 'none' };
  const isSame = running.taskQueue === taskQueue && sameInput(wanted, running);
  return { kind: isSame ? 'same' : 'other', runId: running.firstRunId };
}

interface Running {
  readonly runId: string;
  /** of the chain of runs that continued as new, one after another */
  readonly firstRunId: string;
  readonly isRunning: boolean;
  readonly taskQueue: string;
  readonly workflowType: string;
  readonly input: unknown;
}

async function describeRunning(client: Client, workflowId: string): Promise<Running> {
  const described = await client.workflow.getHandle(workflowId).describe();
  const { runId, type, status, taskQueue } = described;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return {
    runId,
    firstRunId: firstRunOf(described),
    isRunning: status.name === 'RUNNING',
    taskQueue,
    workflowType: type,
    input: await decoded(client, started?.input?.payloads ?? []),
  };
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
