import { activityInfo } from '@temporalio/activity';
import { canonicalJson, errorCode, Fact, type FactOrigin, failure, parseInput } from '../schemas/index.js';
import type { Activities } from './activities.js';
import { outcomeLines, outcomeRecords } from './outcome-records.js';
import { requireOwner } from './owner/caller.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import { canCount, type PredictionLog } from './stores/prediction-log.js';

type RecordActivities = Pick<Activities, 'recordFacts' | 'recordOutcomes'>;

export interface RecordPorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly predictions: PredictionLog;
}

/** Facts that a workflow decided: approvals, changes of endpoints, triggers, outcomes sent as messages. */
export function createRecordActivities({ blobs, ledger, predictions }: RecordPorts): RecordActivities {
  return {
    recordFacts: async ({ facts }) => {
      const checked = facts.map((fact) => parseInput({ schema: Fact, example: {} }, fact, 'recordFacts'));
      for (const fact of checked) requireAuthor(fact);
      await recordAll(ledger, checked);
      return { recorded: checked.length };
    },
    recordOutcomes: async (queued) => {
      requireOwner(queued.model);
      const told = outcomeRecords(queued);
      const matches = await predictions.matches(told);
      const outcomes = told.filter((_, i) => canCount(matches[i] ?? 'pending'));
      const answer = { recorded: outcomes.length, leftOut: told.length - outcomes.length };
      if (outcomes.length === 0) return answer;
      const blob = await blobs.put(Buffer.from(outcomeLines(outcomes)));
      await predictions.recordOutcomes({ ...blob, outcomes }, originOf('outcomes'));
      return answer;
    },
  };
}

/** What a person or an owner decided is said by the model's owner; what is made is recorded where it is made, and not here. */
function requireAuthor({ kind, body }: Fact): void {
  if (kind === 'retrain') return;
  const decided = ['approval', 'gateDecision', 'endpointChange', 'lifecycleChange'].includes(kind);
  if (!decided || !('model' in body)) throw failure('CALLER_NOT_ALLOWED', `recordFacts records no ${kind}.`, { kind });
  requireOwner(body.model);
}

/**
 * Workflow time changes when a task is done again after a reset: the same fact, decided at another moment, is the one
 * that is recorded already.
 */
async function recordAll(ledger: Ledger, facts: Fact[]): Promise<void> {
  try {
    await ledger.appendAll(facts);
  } catch (error) {
    if (errorCode(error) !== 'LEDGER_CONFLICT') throw error;
    const recorded = await Promise.all(facts.map((fact) => ledger.fact(fact.key)));
    const isNew = (fact: Fact, i: number) => !recorded[i] || timeless(recorded[i]) !== timeless(fact.body);
    const left = facts.filter(isNew);
    if (left.length === facts.length) throw error;
    await ledger.appendAll(left);
  }
}

function timeless(body: Fact['body']): string {
  const times = ['at', 'decidedAt'];
  return canonicalJson(Object.fromEntries(Object.entries(body).filter(([name]) => !times.includes(name))));
}

/** The workflow that asked, for the fact's origin. */
export function originOf(step: string): FactOrigin {
  return { workflowId: activityInfo().workflowExecution?.workflowId ?? 'none', step };
}

/** A fact's origin, and the execution that asked for it. */
export interface ExecutedOrigin extends FactOrigin {
  readonly executionId?: string;
}

/** The same with its execution. */
export const executedOrigin = (step: string): ExecutedOrigin => ({ ...originOf(step), executionId: executionId() });

/** One execution of the workflow that asked: what happens twice on purpose is two facts. */
const executionId = (): string => activityInfo().workflowExecution?.runId ?? 'none';

/** When the workflow asked for the activity, by Temporal's clock: the same for each attempt. UTC ISO. */
export const askedAt = (): string => new Date(activityInfo().scheduledTimestampMs).toISOString();
