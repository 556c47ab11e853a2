import type {
  Appended,
  Digest,
  EndpointName,
  FactOrigin,
  OutcomeRecord,
  PredictionId,
  PredictionRecord,
} from '../../schemas/index.js';
import type { LoggedDay } from '../../statistics/due-days.js';
import type { StoredBlob } from './blob-store.js';

export interface PredictionSegment {
  readonly environment: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly uri: string;
  /** predictions acknowledged but lost before this segment was written (after a kill), as far as known */
  readonly lost: number;
}

/** Predictions of a model with `from <= eventAt < to`, as UTC times. */
export interface PredictionRange {
  readonly model: string;
  readonly environment: string;
  readonly from: string;
  readonly to: string;
}

/** Outcomes as they came in together, and the blob that holds them, one a line. */
export interface OutcomeBatch extends StoredBlob {
  readonly outcomes: readonly OutcomeRecord[];
}

export interface KnownOutcome {
  readonly predictionId: PredictionId;
  /** null where the prediction was only asked for again, and counts for nothing */
  readonly outcome: number | null;
}

export interface LogFiles {
  readonly segments: readonly Digest[];
  readonly parts: readonly Digest[];
}

/** What a part of a data day is made from. */
export interface LooseDay {
  readonly day: string;
  /** at most a thousand, the oldest; in the order in which a window is read */
  readonly segments: readonly Digest[];
  /** predictions of the model and day in them */
  readonly rows: number;
}

/**
 * Whether an outcome counts: its prediction is known, and perhaps had another outcome before; no prediction is known yet; several
 * fit; or it was of a time that is retired.
 */
export type OutcomeMatch = 'recorded' | 'supersedes' | 'pending' | 'ambiguous' | 'retired';

/** The others can never count, and are not kept. */
export const canCount = (match: OutcomeMatch): match is Exclude<OutcomeMatch, 'ambiguous' | 'retired'> =>
  match !== 'ambiguous' && match !== 'retired';

export interface UnmatchedOutcomes {
  readonly unmatched: number;
  readonly lookedAt: number;
  /** one of the ids that they name; null when there is none */
  readonly named: string | null;
}

/**
 * Which predictions were made, and what came true. Inputs and outputs are in the segments' blobs; here is one index row
 * per prediction, one per outcome, and one fact per segment and per batch of outcomes.
 *
 * Promises:
 * - The same segment, or the same batch, again is a no-op.
 * - All or nothing: a crash leaves either the fact with all its rows, or neither.
 * - No prediction is refused for its event time: one that is no time is indexed when it was asked.
 * - Of two predictions none takes the other's place, whatever their callers named them.
 * - Every outcome is kept; of several of one prediction the last taken counts. One that fits several predictions counts for
 *   none of them.
 * - Postgres not answering is `LEDGER_UNAVAILABLE`, which is retried.
 */
export interface PredictionLog {
  /** One fact for the segment plus one index row per prediction. */
  appendSegment(segment: PredictionSegment, predictions: PredictionRecord[]): Promise<Appended>;
  /** Digests of the segments that hold predictions in the range. */
  segments(of: PredictionRange): Promise<Digest[]>;
  /** The same predictions in as few files as there are: where the range is a whole data day, its parts, and what they do not hold. */
  files(of: PredictionRange): Promise<LogFiles>;
  /** The oldest day that was looked at and lies in many segments that none of its parts holds; null where there is none. */
  looseDay(of: EndpointName): Promise<LooseDay | null>;
  /** The versions that answered in the range, those with the most predictions first. */
  versions(of: PredictionRange): Promise<number[]>;
  /**
   * The data days (UTC) that hold predictions, oldest first, and how far each has been looked at. Days that have not come by
   * the database's clock are left out: event times come from requests, and one of next year must not end the days before it.
   */
  days(of: EndpointName): Promise<LoggedDay[]>;
  /** One fact for the batch plus one row per outcome. */
  recordOutcomes(batch: OutcomeBatch, origin: FactOrigin): Promise<Appended>;
  /** How many outcomes of the batch are kept otherwise than these, which its blob holds; those of a retired time aside. */
  keptOtherwise(batch: Digest, outcomes: readonly OutcomeRecord[]): Promise<number>;
  /** What came true of predictions in the range, in pages: memory does not grow with it. */
  outcomes(of: PredictionRange): AsyncIterable<KnownOutcome[]>;
  /** What would become of outcomes that are not recorded yet, in their order. */
  matches(outcomes: readonly OutcomeRecord[]): Promise<OutcomeMatch[]>;
  /**
   * Of the newest outcomes (at most 500) that name this model, and this environment or none, and came in at least so long
   * ago, those that count for no prediction. An outcome may be faster than the prediction log, which is why the newest
   * are let settle.
   */
  unmatchedOutcomes(of: { model: string; environment: string }, settledMs: number): Promise<UnmatchedOutcomes>;
}
