import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { asVisibleLine, type ErrorCode, errorCatalog, workflowTypes } from '../../schemas/index.js';

/** The newest that are looked at, and so many at once. */
const mostLooked = 200;
const atOnce = 10;

type Raw = WorkflowExecutionDescription['raw'];

export interface RunningWorkflow {
  readonly workflowId: string;
  readonly raw: Raw;
}

/** Workflows of ours that run, by one list and what Temporal says of each. One that ends meanwhile is left out. */
export async function runningWorkflows(client: Client, isMeant = (_id: string) => true): Promise<RunningWorkflow[]> {
  const ids = (await newestRunning(client)).filter(isMeant);
  const described: RunningWorkflow[] = [];
  for (let from = 0; from < ids.length; from += atOnce) {
    const batch = ids.slice(from, from + atOnce).map(async (workflowId) => {
      const { raw, status } = await client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' ? [{ workflowId, raw }] : [];
    });
    described.push(...(await Promise.all(batch)).flat());
  }
  return described;
}

async function newestRunning(client: Client): Promise<string[]> {
  const types = Object.values(workflowTypes).map((type) => `'${type}'`);
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types.join(', ')})`;
  const running: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    running.push(workflowId);
    if (running.length === mostLooked) break;
  }
  return running;
}

/** An activity that is tried again and again. */
export interface FailingActivity {
  readonly workflowId: string;
  readonly activityId: string;
  readonly activity: string;
  readonly failures: number;
  readonly code: ErrorCode | null;
  /** the first line of what its last attempt ended with */
  readonly why: string;
}

/** A worker that is killed fails an attempt or two; what fails so often, or for so long, is somebody's to mend. */
const manyFailures = 3;
const longMs = 60_000;

/** The activities of a workflow whose last attempt failed. */
export function failingOf({ workflowId, raw }: RunningWorkflow): FailingActivity[] {
  return (raw.pendingActivities ?? []).flatMap(({ attempt, lastFailure, activityType, activityId }) => {
    if (!lastFailure) return [];
    const { code, why } = rootOf(lastFailure);
    const failures = Math.max(1, (attempt ?? 1) - 1);
    return [{ workflowId, activityId: activityId ?? '', activity: activityType?.name ?? '', failures, code, why }];
  });
}

type Failure = NonNullable<NonNullable<Raw['pendingActivities']>[number]['lastFailure']>;

/** What went wrong at the bottom, as far as it is said. */
function rootOf(failure: Failure): Pick<FailingActivity, 'code' | 'why'> {
  const type = failure.applicationFailureInfo?.type ?? '';
  const code = Object.hasOwn(errorCatalog, type) ? (type as ErrorCode) : null;
  if (code === null && failure.cause) return rootOf(failure.cause);
  const [first = ''] = (failure.message ?? '').split('\n');
  return { code, why: first === '' ? 'it failed' : first };
}

export interface LongFailing extends FailingActivity {
  /** UTC ISO; null where its beginning is too far back */
  readonly since: string | null;
}

const mostAsked = 20;

/** Of what fails, that which does so often, or for long. When it began stands in the history, near its end. */
export async function longFailing(
  client: Client,
  running: readonly RunningWorkflow[],
  now = Date.now(),
): Promise<LongFailing[]> {
  const failing = running.flatMap(failingOf).slice(0, mostAsked);
  const dated = await Promise.all(failing.map(async (one) => ({ ...one, since: await beginOf(client, one) })));
  return dated.filter(
    ({ failures, since }) => failures >= manyFailures || since === null || now - Date.parse(since) > longMs,
  );
}

async function beginOf(client: Client, { workflowId, activityId }: FailingActivity): Promise<string | null> {
  const execution = { workflowId };
  const { namespace } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({ namespace, execution });
  const event = history?.events?.find((e) => e.activityTaskScheduledEventAttributes?.activityId === activityId);
  const seconds = Number(event?.eventTime?.seconds ?? 0);
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString();
}

/** `train/m: planTraining failed 7 times since 2024-01-01T11:59:20Z: LEDGER_UNAVAILABLE: Postgres did not answer` */
export function failingInWords({ workflowId, activity, failures, since, code, why }: LongFailing): string {
  const times = failures === 1 ? 'once' : `${failures} times`;
  const when = since === null ? '' : ` since ${since.slice(0, 19)}Z`;
  return asVisibleLine(`${workflowId}: ${activity} failed ${times}${when}: ${code === null ? '' : `${code}: `}${why}`);
}
