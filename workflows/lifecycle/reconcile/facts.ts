import { errorCatalog } from '../../../schemas/error-catalog.js';
import { errorCode } from '../../../schemas/failure.js';
import type { FactInput } from '../../../schemas/index.js';
import { run } from '../../temporal/activity-options.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { dropAnswer, refuseGate } from '../gate.js';
import { bytesOfAll } from '../handed-on/bytes.js';
import { type LifecycleState, limits, note } from '../state.js';

/** A fact that the ledger refuses for good is shown and left out; it must not take the others of its batch with it. */
export async function recordFacts(state: LifecycleState, clock: Clock): Promise<void> {
  const facts = nextBatch(state.factsToRecord);
  const refused = await refusalOf(facts);
  const [first] = facts;
  if (refused !== null && facts.length > 1) return recordOneByOne(state, facts, clock);
  state.factsToRecord.splice(0, facts.length);
  if (refused !== null && first) leaveOut(state, first, { reason: refused, now: clock().now });
}

/** The first ones, as many as fit into a payload with room to spare; at least one. */
function nextBatch(facts: readonly FactInput[]): FactInput[] {
  const batch = facts.slice(0, limits.recordBatch);
  while (batch.length > 1 && bytesOfAll(batch) > limits.recordBytes) batch.pop();
  return batch;
}

/** What is left out takes the decision that rested on it along. */
async function recordOneByOne(state: LifecycleState, facts: readonly FactInput[], clock: Clock): Promise<void> {
  for (const fact of facts) {
    if (!state.factsToRecord.includes(fact)) continue;
    const reason = await refusalOf([fact]);
    state.factsToRecord.splice(state.factsToRecord.indexOf(fact), 1);
    if (reason !== null) leaveOut(state, fact, { reason, now: clock().now });
  }
}

interface Why {
  readonly reason: string;
  readonly now: number;
}

/** An answer that is not in the ledger counts for nothing: its gate waits on without it, or its rollout is refused. */
function leaveOut(state: LifecycleState, fact: FactInput, why: Why): void {
  note(state, why.now, why.reason);
  if (fact.kind !== 'approval' && fact.kind !== 'gateDecision') return;
  const { gate } = fact.body;
  if (fact.kind === 'approval') dropAnswer(state, gate, fact.body.decidedBy);
  state.factsToRecord = state.factsToRecord.filter((f) => f.kind !== 'gateDecision' || f.body.gate !== gate);
  const endpoint = state.endpoints.find(({ rollout }) => rollout?.gate === gate && rollout.phase === 'recording');
  if (endpoint) refuseGate(state, endpoint, why);
}

/** Records them in one transaction; null, or why the ledger refuses them. */
async function refusalOf(facts: FactInput[]): Promise<string | null> {
  const summary = `record ${facts.map((f) => f.kind).join(', ')}`.slice(0, 100);
  try {
    await run('recordFacts', { facts }, summary);
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
    const { leftOut } = await run('recordOutcomes', batch, summary);
    if (leftOut > 0) {
      const why = 'several predictions fit, or their time is retired';
      note(state, clock().now, `${leftOut} outcomes of ${batch.by} can never count and were left out: ${why}`);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === null || errorCatalog[code].retryable) throw error;
    note(state, clock().now, `${batch.outcomes.length} outcomes of ${batch.by} were refused: ${rootMessage(error)}`);
  }
  state.outcomes.shift();
}
