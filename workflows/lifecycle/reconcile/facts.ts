import { errorCatalog } from '../../../schemas/error-catalog.js';
import { errorCode } from '../../../schemas/failure.js';
import type { FactInput } from '../../../schemas/index.js';
import { effects, withSummary } from '../../temporal/activity-options.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { refuseGate } from '../gate.js';
import { type LifecycleState, limits, note } from '../state.js';

/** A fact that the ledger refuses for good is shown and left out; it must not take the others of its batch with it. */
export async function recordFacts(state: LifecycleState, clock: Clock): Promise<void> {
  const facts: FactInput[] = state.factsToRecord.slice(0, limits.recordBatch);
  const refused = await refusalOf(facts);
  const reason = refused !== null && facts.length > 1 ? await refusalsOneByOne(state, facts, clock) : refused;
  if (refused !== null && facts.length === 1) refuseUnrecorded(state, facts, { reason: refused, now: clock().now });
  if (reason !== null) note(state, clock().now, reason);
  state.factsToRecord.splice(0, facts.length);
}

async function refusalsOneByOne(state: LifecycleState, facts: FactInput[], clock: Clock): Promise<string | null> {
  let newest: string | null = null;
  for (const fact of facts) {
    const reason = await refusalOf([fact]);
    if (reason !== null) refuseUnrecorded(state, [fact], { reason, now: clock().now });
    newest = reason ?? newest;
  }
  return newest;
}

/** An approval that is not in the ledger counts for nothing: its rollout is refused. */
function refuseUnrecorded(state: LifecycleState, facts: FactInput[], why: { reason: string; now: number }): void {
  for (const endpoint of state.endpoints) {
    const { rollout } = endpoint;
    const isTheirs = facts.some((fact) => fact.kind === 'approval' && fact.body.gate === rollout?.gate);
    if (!rollout || rollout.phase !== 'recording' || !isTheirs) continue;
    refuseGate(state, endpoint, why);
  }
}

/** Records them in one transaction; null, or why the ledger refuses them. */
async function refusalOf(facts: FactInput[]): Promise<string | null> {
  const summary = `record ${facts.map((f) => f.kind).join(', ')}`.slice(0, 100);
  try {
    await effects.recordFacts.executeWithOptions({ ...withSummary.effect, summary }, [{ facts }]);
    return null;
  } catch (error) {
    if (errorCode(error) !== 'LEDGER_CONFLICT' && errorCode(error) !== 'InvalidInput') throw error;
    return rootMessage(error);
  }
}

/** Outcomes that the ledger refuses for good are shown and left out: they must not hold up those behind them. */
export async function recordOutcomes(state: LifecycleState, clock: Clock): Promise<void> {
  const batch = state.outcomes[0];
  if (batch === undefined) return;
  const summary = `record ${batch.outcomes.length} outcomes`;
  try {
    await effects.recordOutcomes.executeWithOptions({ ...withSummary.effect, summary }, [batch]);
  } catch (error) {
    const code = errorCode(error);
    if (code === null || errorCatalog[code].retryable) throw error;
    note(state, clock().now, `${batch.outcomes.length} outcomes of ${batch.by} were refused: ${rootMessage(error)}`);
  }
  state.outcomes.shift();
}
