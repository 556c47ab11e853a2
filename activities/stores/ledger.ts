import type {
  Appended,
  DatasetReference,
  Digest,
  Fact,
  FactInput,
  FactOrigin,
  LineageGraph,
  ModelVersionReference,
  Outcome,
  PredictionRecord,
} from '../../schemas/index.js';

export type RunFact = Extract<Fact, { kind: 'run' }>['body'];
export type ModelVersionFact = Extract<Fact, { kind: 'modelVersion' }>['body'];

export interface DatasetVersionRow extends DatasetReference {
  readonly rows: number;
  readonly labelled: boolean;
}
export interface ModelVersionRow
  extends ModelVersionReference,
    Pick<ModelVersionFact, 'runId' | 'datasetDigest' | 'files'> {}

export interface PredictionSegment {
  readonly environment: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly uri: string;
  /** predictions acknowledged but lost before this segment was written (after a kill), as far as known */
  readonly lost: number;
}

export interface MonitorMark {
  /** end of the last window looked at, UTC ISO; null before the first */
  readonly watermark: string | null;
  /** bad windows in a row up to the watermark */
  readonly badWindows: number;
}

export interface UnmatchedOutcomes {
  readonly unmatched: number;
  readonly lookedAt: number;
  /** one of the request ids; null when there is none */
  readonly requestId: string | null;
}

export interface LedgerFault {
  readonly what: string;
  readonly seq: number | null;
}

/**
 * What happened, append-only. Facts form one hash chain per namespace; tables and views are projected from them in the
 * same transaction.
 *
 * Promises:
 * - `append` of the same key and body again is the first append: same seq, `isNew: false`. Another body under the same
 *   key is `LEDGER_CONFLICT`.
 * - `datasetVersion` and `modelVersion` facts allocate the next integer version of their name; equal content (dataset
 *   digest; package digest) keeps the version it has.
 * - All or nothing: a crash leaves either the fact with all its rows, or neither.
 * - Postgres not answering is `LEDGER_UNAVAILABLE`, which is retried.
 */
export interface Ledger {
  append(fact: FactInput): Promise<Appended>;
  /** In one transaction, in order. */
  appendAll(facts: FactInput[]): Promise<Appended[]>;

  /** The body of the fact under the key; null if there is none. */
  fact(key: string): Promise<Fact['body'] | null>;
  /** The newest version when none is given; null if unknown. */
  datasetVersion(name: string, version?: number): Promise<DatasetVersionRow | null>;
  run(runId: string): Promise<RunFact | null>;
  /** The run of the model's newest `bestRun` fact. */
  bestRun(model: string): Promise<RunFact | null>;
  modelVersion(model: string, version?: number): Promise<ModelVersionRow | null>;

  /** The largest generation of an endpoint's changes; 0 where there is none. */
  lastGeneration(model: string, environment: string): Promise<number>;

  /** One fact for the segment plus one index row per prediction; again is a no-op. */
  appendSegment(segment: PredictionSegment, predictions: PredictionRecord[]): Promise<Appended>;
  /** Digests of the segments that hold predictions of the model with `from <= eventAt < to`. */
  segments(model: string, environment: string, from: string, to: string): Promise<Digest[]>;
  /**
   * Earliest and latest eventAt logged, UTC ISO, of those that have passed by the database's clock: event times come from
   * requests, and one of next year must not end the days before it. Null without predictions.
   */
  predictionSpan(model: string, environment: string): Promise<{ first: string; last: string } | null>;
  /** True outcomes by request id; the first outcome of a request id stays. Returns how many were new. */
  recordOutcomes(by: string, outcomes: Outcome[], origin: FactOrigin): Promise<number>;
  /** Outcomes for predictions of the model with `from <= eventAt < to`, by request id. */
  outcomes(model: string, environment: string, from: string, to: string): Promise<Map<string, number>>;
  /**
   * Of the newest outcomes (at most 500, whatever model) that came in at least so long ago, those whose request id no
   * logged prediction has. An outcome may be faster than the prediction log, which is why the newest are let settle.
   */
  unmatchedOutcomes(settledMs: number): Promise<UnmatchedOutcomes>;
  monitorMark(model: string, environment: string): Promise<MonitorMark>;

  /**
   * What made a thing and what was made of it, without predictions: of a request id, a digest, `model@version`,
   * `dataset@version` (the newest without a version) or a run id. Empty if unknown.
   */
  lineage(id: string): Promise<LineageGraph>;
  /** Recomputes the chain and checks the invariants; stops at `limit` faults. */
  verifyChain(limit?: number): Promise<{ facts: number; faults: LedgerFault[] }>;
  /** Every artifact the facts name, in batches, for checking the blobs. */
  artifacts(): AsyncIterable<{ digest: Digest; uri: string; sizeBytes: number; kind: string }[]>;
  close(): Promise<void>;
}
