import { run } from '../../temporal/activity-options.js';
import type { LifecycleState } from '../state.js';

/** A day is said to have been judged: what came of it is the ledger's word. */
export async function hearVerdict(state: LifecycleState): Promise<void> {
  const environment = state.judged.shift();
  const endpoint = state.endpoints.find((e) => e.environment === environment);
  if (environment === undefined || endpoint === undefined) return;
  try {
    const asked = { model: state.spec.model, environment };
    const { verdict, watermark, badWindows } = await run('monitorMark', asked, `how does ${environment} do?`);
    if (verdict !== null) endpoint.health = { verdict, until: watermark ?? '', badDays: badWindows };
  } catch (error) {
    if (!state.judged.includes(environment)) state.judged.push(environment);
    throw error;
  }
}
