import { getClient } from '@temporalio/activity';
import {
  type Client,
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  type WorkflowExecutionDescription,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { z } from 'zod';
import {
  asPlainText,
  canonicalJson,
  evidenceLength,
  mostEvidence,
  RolloutAsk,
  RolloutEvent,
  RolloutWait,
  workflowIds,
  workflowTypes,
} from '../../schemas/index.js';
import type { Activities, LookedAt } from '../activities.js';
import { findVersion } from '../deploy/find-version.js';
import { sha256 } from '../files/hashing.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { Registry } from '../stores/registry.js';
import { ifKnown } from './if-known.js';
import { firstRunOf } from './look-at-run.js';
import { ownQueues } from './own-queues.js';

type RolloutActivities = Pick<Activities, 'lookAtRollout' | 'wakeRollout' | 'hearOwner'>;

interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
}

/**
 * What rollouts and their owner know of each other. A signal may come from anybody; what is believed is what the other
 * workflow itself answers to an update, which only its worker can.
 */
export function createRolloutActivities(ports: Ports): RolloutActivities {
  return {
    lookAtRollout: (asked) => lookAtRollout(getClient(), ports, asked),
    wakeRollout: async ({ workflowId }) => {
      const rollout = getClient().workflow.getHandle(workflowId);
      await unlessGone(() => rollout.signal('rolloutTold'));
    },
    hearOwner: (asked) => hearOwner(getClient(), asked),
  };
}

async function lookAtRollout(
  client: Client,
  ports: Ports,
  { model, workflowId, known, serving }: Parameters<Activities['lookAtRollout']>[0],
): Promise<LookedAt> {
  const found = await runningDeployment(client, workflowId);
  if (found === null) return { kind: 'gone' };
  if (firstRunOf(found) === known) return { kind: 'there', waits: waitOf(found) };
  const answer = await soon(client, () => client.workflow.getHandle(workflowId).executeUpdate('asks'));
  if (answer === null) return { kind: 'there', waits: null };
  const asked = RolloutAsk.safeParse(answer);
  if (!asked.success || asked.data.model !== model || asked.data.workflowId !== workflowId) return { kind: 'gone' };
  return { kind: 'asks', ask: await resolved(ports, asked.data, serving) };
}

const answerMs = 3000;

/** What it tells of itself; shown, and never acted on. */
const waitOf = ({ memo }: WorkflowExecutionDescription): RolloutWait | null =>
  RolloutWait.safeParse(memo?.['waits']).data ?? null;

/** Null also where no worker answers soon: a rollout that wants something says so again. */
async function soon<T>(client: Client, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await unlessGone(() => client.withDeadline(Date.now() + answerMs, ask));
  } catch (error) {
    if (isGrpcDeadlineError(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return null;
    throw error;
  }
}

/** The run under the id, if it is, if it is a deployModel of ours: it may have continued as new. */
async function runningDeployment(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  const found = await unlessGone(() => client.workflow.getHandle(workflowId).describe());
  if (found === null || found.status.name !== 'RUNNING' || found.type !== workflowTypes.deploy) return null;
  return found.taskQueue === ownQueues().orchestration ? found : null;
}

type Serving = Parameters<Activities['lookAtRollout']>[0]['serving'];
type Ask = Extract<LookedAt, { kind: 'asks' }>['ask'];

/** Of a version only the number is the asker's word: its digests, and what was measured, are looked up. */
async function resolved(ports: Ports, { model, ...ask }: RolloutAsk, serving: Serving): Promise<Ask> {
  if (ask.kind !== 'gate') return ask;
  const wanted = { model, version: ask.version, serving: serving[ask.environment] ?? null };
  const { version, evidence: measured } = await findVersion(ports, wanted);
  const evidence = withinLimit([...measured, ...ask.evidence]).map(asLine);
  const evidenceDigest = sha256(canonicalJson({ packageDigest: version.packageDigest, evidence }));
  return { ...ask, version, evidence, evidenceDigest };
}

/** What was measured comes first: who starts a deployment cannot push any of it out. */
function withinLimit(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostEvidence) return lines;
  const shown = lines.slice(0, mostEvidence - 1);
  return [...shown, `${lines.length - shown.length} more lines are not shown: see the model card`];
}

/** Columns may be called anything. */
const asLine = (text: string): string => asPlainText(text.slice(0, evidenceLength));

/** Null where the owner does not run, or does not know the run. */
async function hearOwner(
  client: Client,
  { model, runId }: Parameters<Activities['hearOwner']>[0],
): Promise<RolloutEvent[] | null> {
  const owner = client.workflow.getHandle(workflowIds.lifecycle(model));
  const told = await unlessGone(() => owner.executeUpdate('rolloutNews', { args: [{ runId }] }));
  return z.array(RolloutEvent).nullable().parse(told);
}

const grpc = { invalidArgument: 3, notFound: 5 };

/** Null where the workflow is not known, or over; a name that the server cannot take is nobody's. */
async function unlessGone<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await ifKnown(act);
  } catch (error) {
    const codeOf = error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : null;
    if (codeOf === grpc.notFound || codeOf === grpc.invalidArgument) return null;
    throw error;
  }
}
