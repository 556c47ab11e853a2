import type { FactInput } from '../../schemas/index.js';
import { run } from '../../workflows/temporal/activity-options.js';

/*
 * A host's workflows module, as the README tells hosts to write it: ours, and its own.
 */
export * from '../../workflows/index.js';

/** Seven sequential steps; each is one activity of ours, with our timeouts and retries, that leaves one fact. */
export async function sevenRecordedSteps(id: string): Promise<void> {
  for (let step = 0; step < 7; step++) await run('recordFacts', { facts: [factOf(id, step)] }, `step ${step}`);
}

function factOf(id: string, step: number): FactInput {
  return {
    kind: 'retrain',
    key: `bench/${id}/${step}`,
    origin: { workflowId: id, step: `step-${step}` },
    digest: '0'.repeat(64),
    body: {
      model: 'bench',
      trigger: 'schedule',
      by: 'bench',
      outcome: 'started',
      reason: `step ${step}`,
      at: '2026-01-01T00:00:00.000Z',
    },
  };
}
