import { condition, proxyActivities } from '@temporalio/workflow';

/** What the bare side writes for a step; the same content as our fact. */
export interface BareStep {
  readonly id: string;
  readonly step: number;
  readonly body: Readonly<Record<string, string>>;
}

const { insertStep } = proxyActivities<{ insertStep(step: BareStep): Promise<void> }>({ startToCloseTimeout: '30 s' });

/** Seven sequential steps as one writes them without us: an activity, and one row for each. */
export async function sevenBareSteps(id: string): Promise<void> {
  for (let step = 0; step < 7; step++) await insertStep({ id, step, body: bodyOf(step) });
}

function bodyOf(step: number) {
  return {
    model: 'bench',
    trigger: 'schedule',
    by: 'bench',
    outcome: 'started',
    reason: `step ${step}`,
    at: '2026-01-01T00:00:00.000Z',
  };
}

/** Waits for what never comes: what any cached workflow costs. */
export async function bareSleeper(): Promise<void> {
  await condition(() => false);
}
