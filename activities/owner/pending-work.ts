import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { asPlainText } from '../../schemas/index.js';
import { ifKnown } from './if-known.js';
import { isPolled } from './pollers.js';

/** An activity that comes to no end by itself. */
export interface WaitingActivity {
  readonly workflowId: string;
  readonly activity: string;
  /** UTC ISO, of its newest attempt */
  readonly since: string;
  /** what its last attempt ended with; null where no worker has taken it */
  readonly why: string | null;
}

export interface WorkSeen {
  readonly waiting: readonly WaitingActivity[];
  /** queues that nobody asks for activities, where one waits for a worker */
  readonly unpolled: readonly string[];
  /** what the first workflow whose word is wanted tells of itself; null where it tells nothing */
  readonly says: string | null;
}

export interface WatchedWorkflow {
  readonly workflowId: string;
  readonly runId?: string;
  /** its own word is wanted too */
  readonly isAsked?: boolean;
}

/** Fewer attempts are a worker that was killed, or a moment's trouble. */
const manyAttempts = 3;
const longUnstartedMs = 15_000;
const mostLookedAt = 20;
const started = 2;
const ourOwn = 'lookAtWork';

/** What the activities of these workflows, and of their children, wait for. */
export async function lookAtWork(
  client: Client,
  { workflows }: { workflows: WatchedWorkflow[] },
  queues: readonly string[],
): Promise<WorkSeen> {
  const left = [...workflows];
  const waiting: WaitingActivity[] = [];
  let says: string | null = null;
  for (let looked = 0; looked < mostLookedAt; looked++) {
    const next = left.shift();
    if (next === undefined) break;
    const found = await ifKnown(() => client.workflow.getHandle(next.workflowId, next.runId).describe());
    if (found === null) continue;
    if (next.isAsked) says ??= wordOf(found);
    waiting.push(...waitingOf(next.workflowId, found.raw));
    left.push(...childrenOf(found.raw));
  }
  const isUnstarted = waiting.some(({ why }) => why === null);
  return { waiting, unpolled: isUnstarted ? await unpolledOf(client, queues) : [], says };
}

const mostCharacters = 200;

/** For people to read, and for nothing else. */
function wordOf({ memo }: WorkflowExecutionDescription): string | null {
  const word = memo?.['says'];
  const line = typeof word === 'string' ? asPlainText(word.replaceAll(/[*`#]/g, '').slice(0, mostCharacters)) : '';
  return line === '' ? null : line;
}

type Raw = WorkflowExecutionDescription['raw'];

function childrenOf({ pendingChildren }: Raw): WatchedWorkflow[] {
  return (pendingChildren ?? []).flatMap(({ workflowId, runId }) =>
    workflowId && runId ? [{ workflowId, runId }] : [],
  );
}

/** Where one is at work, those behind it wait for their turn and not for a worker. */
export function waitingOf(workflowId: string, { pendingActivities }: Raw, now = Date.now()): WaitingActivity[] {
  const pending = (pendingActivities ?? []).filter(({ activityType }) => activityType?.name !== ourOwn);
  const isServed = pending.some(({ state }) => state === started);
  return pending.flatMap((one): WaitingActivity[] => {
    const at = {
      workflowId,
      activity: one.activityType?.name ?? '',
      since: timeOf(one.scheduledTime ?? one.lastStartedTime),
    };
    const why = (one.attempt ?? 1) >= manyAttempts ? rootOf(one.lastFailure) : null;
    if (why !== null) return [{ ...at, why }];
    const isUnstarted = one.state !== started && !one.lastFailure && now - Date.parse(at.since) > longUnstartedMs;
    return isUnstarted && !isServed ? [{ ...at, why: null }] : [];
  });
}

type Failure = NonNullable<NonNullable<Raw['pendingActivities']>[number]['lastFailure']>;

/** What went wrong at the bottom, as far as it is said; null where nothing failed. */
function rootOf(failure: Failure | null | undefined): string | null {
  if (!failure) return null;
  return failure.message || rootOf(failure.cause) || 'it failed';
}

const timeOf = (time: { seconds?: { toNumber(): number } | null } | null | undefined): string =>
  new Date((time?.seconds?.toNumber() ?? 0) * 1000).toISOString();

async function unpolledOf({ workflowService, options }: Client, queues: readonly string[]): Promise<string[]> {
  const unpolled: string[] = [];
  for (const taskQueue of queues) {
    const queue = { namespace: options.namespace, taskQueue, tasks: 'activity' as const };
    if (!(await isPolled(workflowService, queue))) unpolled.push(taskQueue);
  }
  return unpolled;
}
