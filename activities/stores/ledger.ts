import type {
  Appended,
  ArtifactRow,
  ChainMark,
  Fact,
  FactInput,
  LineageGraph,
  RecordedFact,
} from '../../schemas/index.js';

export interface LedgerFault {
  readonly what: string;
  readonly seq: number | null;
}

/** What somebody else knows of the chain: an anchor, or a person who kept the end that `verify` once told. */
export interface KnownMark extends ChainMark {
  readonly from: 'anchor' | 'expected';
}

export interface VerifyOptions {
  /** faults to stop at; 10 when absent */
  readonly limit?: number;
  /** in the order of `seq`; none when absent */
  readonly marks?: AsyncIterable<KnownMark>;
  /** also compare tables, views, functions, triggers, owners and rights with what the migrations make */
  readonly schema?: boolean;
  /** how many facts were looked at so far */
  readonly onFacts?: (facts: number) => void;
}

export interface LedgerVerified {
  readonly facts: number;
  /** the end of the chain: worth keeping elsewhere. Null where it is empty */
  readonly head: ChainMark | null;
  /** the `seq` of the newest anchor that the chain holds; 0 for none */
  readonly anchored: number;
  readonly faults: LedgerFault[];
}

export interface NamedArtifact extends ArtifactRow {
  /** of predictions or outcomes that are retired: its blob may be gone */
  readonly isRetired: boolean;
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
 * - `seq` counts from 1 without gaps, and a fact that is seen has all facts before it: a cursor misses nothing.
 * - Postgres not answering is `LEDGER_UNAVAILABLE`, which is retried.
 */
export interface Ledger {
  append(fact: FactInput): Promise<Appended>;
  /** In one transaction, in order. */
  appendAll(facts: FactInput[]): Promise<Appended[]>;
  /** The body of the fact under the key; null if there is none. */
  fact(key: string): Promise<Fact['body'] | null>;
  /** The facts after `seq` in order, at most `limit` (500 when absent); 0 begins at the first. Empty at the end. */
  since(seq: number, limit?: number): Promise<RecordedFact[]>;
  /**
   * What made a thing and what was made of it, without predictions: of a request id, a digest, `model@version`,
   * `dataset@version` (the newest without a version) or a run id. Empty if unknown.
   */
  lineage(id: string): Promise<LineageGraph>;
  /** The end of the chain; null where it is empty. */
  head(): Promise<ChainMark | null>;
  /** Recomputes the chain, compares it with the marks, compares the projections and checks the invariants. */
  verify(options?: VerifyOptions): Promise<LedgerVerified>;
  /** Every artifact the facts name, in batches, for checking the blobs. */
  artifacts(): AsyncIterable<NamedArtifact[]>;
}
