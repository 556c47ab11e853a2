import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { lookAtRun, type RunName } from '../../activities/owner/look-at-run.js';
import { ownerStatus } from '../../activities/owner/status.js';
import {
  type DeployStatus,
  failure,
  type LifecycleStatus,
  type WorkflowType,
  workflowTypes,
} from '../../schemas/index.js';
import { shownWords, troubleOf } from './shown-words.js';

/** How a run that was followed stands: at its end, at a question to a person, or, a lifecycle, with nothing more to do. */
export type Followed =
  | { readonly state: 'ended'; readonly result: unknown }
  | { readonly state: 'waits' | 'serving'; readonly status: LifecycleStatus | DeployStatus };

export interface Following {
  readonly client: Client;
  readonly workflowType: WorkflowType;
  /** told each new line of progress */
  readonly say: (line: string) => void;
  readonly everyMs?: number;
}

/** Follows a run until it ends, or until a person is needed. What it ends with badly is a failure, as it was there. */
export async function follow(
  run: RunName,
  { client, workflowType, say, everyMs = 1000 }: Following,
): Promise<Followed> {
  const tell = newLines(say);
  let quiet = 0;
  for (;;) {
    const looked = await lookAtRun(client, run);
    if (looked.kind === 'ended') return { state: 'ended', result: looked.result };
    const look = looks[workflowType] ?? lookAtStage;
    const { lines, stands } = await look(client, run.workflowId);
    tell(lines);
    quiet = stands?.state === 'serving' ? quiet + 1 : 0;
    if (stands !== null && quiet >= quietLooks(stands)) return stands;
    await sleep(everyMs);
  }
}

/** Between two stages, and before its first, a lifecycle does nothing for a moment: that is not its end. */
function quietLooks(stands: Followed): number {
  if (stands.state !== 'serving') return 0;
  return 'stage' in stands.status && stands.status.stage === 'serving' ? 3 : 30;
}

interface Look {
  readonly lines: readonly (string | null)[];
  /** null while it goes on by itself */
  readonly stands: Followed | null;
}

const looks: { readonly [T in WorkflowType]?: (client: Client, workflowId: string) => Promise<Look> } = {
  [workflowTypes.lifecycle]: lookAtLifecycle,
  [workflowTypes.deploy]: lookAtDeployment,
};

async function lookAtStage(client: Client, workflowId: string): Promise<Look> {
  return { lines: [await shownWords(client, workflowId), await troubleOf(client, workflowId)], stands: null };
}

async function lookAtLifecycle(client: Client, workflowId: string): Promise<Look> {
  const status = await ownerStatus(client, workflowId, 5000).catch(() => null);
  if (status === null) return lookAtStage(client, workflowId);
  const stages = await Promise.all(status.running.map(({ workflowId: id }) => lookAtStage(client, id)));
  const lines = [...status.history.map(({ what }) => what), ...stages.flatMap((stage) => stage.lines)];
  return { lines, stands: standing(status) };
}

function standing(status: LifecycleStatus): Followed | null {
  const { stage, problem, answerWith, running, endpoints } = status;
  if (answerWith.length > 0) return { state: 'waits', status };
  if (stage === 'stopped') throw failure('STAGE_ENDED', `${status.model} stopped: ${problem ?? 'see its status'}`);
  const isRolling = endpoints.some(({ rollout, pushed }) => rollout !== null || !pushed);
  return running.length === 0 && !isRolling && ['serving', 'idle', 'paused'].includes(stage)
    ? { state: 'serving', status }
    : null;
}

async function lookAtDeployment(client: Client, workflowId: string): Promise<Look> {
  const ask = () => client.workflow.getHandle(workflowId).query<DeployStatus>('status');
  const status = await client.withDeadline(Date.now() + 5000, ask).catch(() => null);
  const { lines } = await lookAtStage(client, workflowId);
  const waits = status !== null && status.answerWith.length > 0;
  return { lines, stands: waits ? { state: 'waits', status } : null };
}

/** Says a line once, and again only after another one. */
function newLines(say: (line: string) => void): (lines: readonly (string | null)[]) => void {
  const said = new Set<string>();
  return (lines) => {
    for (const line of lines) {
      if (line === null || line === '' || said.has(line)) continue;
      said.add(line);
      say(line);
    }
  };
}
