import { errorCatalog } from '../../../schemas/error-catalog.js';
import { errorCode } from '../../../schemas/failure.js';
import type { FactInput } from '../../../schemas/index.js';
import { effects, withSummary } from '../../temporal/activity-options.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { refuseGate } from '../gate.js';
import { type LifecycleState, limits, note } from '../state.js';

/** A fact that the ledger refuses for good is shown and left out; it must not take the others of its batch with it. */
export async function recordFacts(st: LifecycleState, clock: Clock): Promise<void> {
  const facts: FactInput[] = st.outbox.slice(0, limits.recordBatch);
  const refused = await refusalOf(facts);
  const reason = refused !== null && facts.length > 1 ? await refusalsOneByOne(st, facts) : refused;
  if (refused !== null && facts.length === 1) refuseUnrecorded(st, facts, refused);
  if (reason !== null) note(st, clock().now, reason);
  st.outbox.splice(0, facts.length);
}

async function refusalsOneByOne(st: LifecycleState, facts: FactInput[]): Promise<string | null> {
  let newest: string | null = null;
  for (const fact of facts) {
    const reason = await refusalOf([fact]);
    if (reason !== null) refuseUnrecorded(st, [fact], reason);
    newest = reason ?? newest;
  }
  return newest;
}

/** An approval that is not in the ledger counts for nothing: its rollout is refused. */
function refuseUnrecorded(st: LifecycleState, facts: FactInput[], reason: string): void {
  for (const endpoint of st.endpoints) {
    const { rollout } = endpoint;
    const isTheirs = facts.some((fact) => fact.kind === 'approval' && fact.body.gate === rollout?.gate);
    if (!rollout || rollout.phase !== 'recording' || !isTheirs) continue;
    refuseGate(st, endpoint, rollout, reason);
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
export async function recordOutcomes(st: LifecycleState, clock: Clock): Promise<void> {
  const batch = st.outcomes[0];
  if (batch === undefined) return;
  const summary = `record ${batch.outcomes.length} outcomes`;
  try {
    await effects.recordOutcomes.executeWithOptions({ ...withSummary.effect, summary }, [batch]);
  } catch (error) {
    const code = errorCode(error);
    if (code === null || errorCatalog[code].retryable) throw error;
    note(st, clock().now, `${batch.outcomes.length} outcomes of ${batch.by} were refused: ${rootMessage(error)}`);
  }
  st.outcomes.shift();
}
