import { activityInfo } from '@temporalio/activity';
import { Fact, parseInput } from '../schemas/index.js';
import type { Activities } from './interface.js';
import type { Ledger } from './stores/ledger.js';

type RecordActivities = Pick<Activities, 'recordFacts' | 'recordOutcomes' | 'approvalPolicy'>;

export interface RecordPorts {
  readonly ledger: Ledger;
  readonly signaturesRequired: boolean;
}

/** Facts that a workflow decided: approvals, changes of endpoints, triggers, outcomes sent as messages. */
export function createRecordActivities({ ledger, signaturesRequired }: RecordPorts): RecordActivities {
  return {
    recordFacts: async ({ facts }) => {
      const checked = facts.map((fact) => parseInput(Fact, fact, 'recordFacts', {}));
      await ledger.appendAll(checked);
      return { recorded: checked.length };
    },
    recordOutcomes: async ({ by, outcomes }) => ({
      recorded: await ledger.recordOutcomes(by, outcomes, originOf('outcomes')),
    }),
    approvalPolicy: async () => ({ signaturesRequired }),
  };
}

/** The workflow that asked, for the fact's origin. */
export function originOf(step: string): { workflowId: string; step: string } {
  return { workflowId: activityInfo().workflowExecution?.workflowId ?? 'none', step };
}

/** One execution of the workflow that asked: what happens twice on purpose is two facts. */
export const executionId = (): string => activityInfo().workflowExecution?.runId ?? 'none';
