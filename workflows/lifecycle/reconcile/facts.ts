import { isFaultOfInput } from '../../../schemas/failure.js';
import type { FactInput, QueuedOutcomes } from '../../../schemas/index.js';
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
    if (!isFaultOfInput(error)) throw error;
    return rootMessage(error);
  }
}

/**
 * A batch that the ledger refuses is halved, down to the row that is wrong in itself: that one is shown and left out, and
 * holds up or takes along no other.
 */
export async function recordOutcomes(state: LifecycleState, clock: Clock): Promise<void> {
  const batch = state.outcomes[0];
  if (batch === undefined) return;
  const summary = `record ${batch.outcomes.length} outcomes`;
  try {
    const { leftOut } = await run('recordOutcomes', batch, summary);
    state.outcomes.shift();
    if (leftOut > 0) note(state, clock().now, neverCount(batch, leftOut));
  } catch (error) {
    if (!isFaultOfInput(error)) throw error;
    const halves = halvesOf(batch);
    state.outcomes.splice(0, 1, ...halves);
    if (halves.length === 0) note(state, clock().now, refusedInWords(batch, rootMessage(error)));
  }
}

/** None where there is nothing left to halve. */
function halvesOf(batch: QueuedOutcomes): QueuedOutcomes[] {
  const { outcomes } = batch;
  if (outcomes.length < 2) return [];
  const middle = Math.ceil(outcomes.length / 2);
  return [outcomes.slice(0, middle), outcomes.slice(middle)].map((half) => ({ ...batch, outcomes: half }));
}

const neverCount = ({ by }: QueuedOutcomes, leftOut: number) =>
  `${leftOut} outcomes of ${by} can never count and were left out: several predictions fit, or their time is retired`;

function refusedInWords({ by, outcomes: [outcome] }: QueuedOutcomes, why: string): string {
  return `an outcome of ${by} for ${outcome?.predictionId ?? outcome?.requestId ?? '?'} was refused: ${why}`;
}
