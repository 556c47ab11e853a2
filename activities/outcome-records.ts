import type { Outcome, OutcomeRecord, QueuedOutcomes } from '../schemas/index.js';

/** What the sender of outcomes left unsaid, and the receiver knows. */
export interface Taken {
  readonly by: string;
  /** when they were taken, UTC ISO */
  readonly at: string;
  /** of those that name none; null where several may be meant */
  readonly model: string | null;
  readonly environment: string | null;
}

/** An outcome as it is kept. One that names its prediction needs no environment, and gets none that may be wrong. */
export function outcomeRecord(outcome: Outcome, { by, at, model, environment }: Taken): OutcomeRecord {
  const { predictionId = null, requestId = null, row = null, knownAt = null } = outcome;
  return {
    predictionId,
    model: outcome.model ?? (predictionId === null ? model : null),
    environment: outcome.environment ?? (predictionId === null ? environment : null),
    requestId,
    row,
    outcome: Number(outcome.outcome),
    knownAt,
    by,
    at,
  };
}

/** Of a model's owner: its model stands also where a prediction is named, and whichever environment has it is meant. */
export function outcomeRecords({ by, at, model, outcomes }: QueuedOutcomes): OutcomeRecord[] {
  const taken = { by, at, model, environment: null };
  return outcomes.map((outcome) => outcomeRecord({ ...outcome, model: outcome.model ?? model }, taken));
}

/** The bytes of a batch. */
export function outcomeLines(records: readonly OutcomeRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
