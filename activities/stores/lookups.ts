import type { Parameters } from '../../schemas/index.js';

/** One training attempt, as a person compares it with others. */
export interface RunLine {
  readonly runId: string;
  readonly trainer: string;
  readonly status: 'finished' | 'failed';
  readonly startedAt: string;
  readonly parameters: Parameters;
  readonly seed: number;
  readonly dataset: { readonly name: string; readonly version: number };
  /** of the finished model, by name; empty where the run failed */
  readonly validation: Readonly<Record<string, number | null>>;
  readonly test: Readonly<Record<string, number | null>>;
  readonly reason: string | null;
  /** the versions that were packaged of it */
  readonly versions: readonly number[];
}

/** A window that monitoring looked at, with its report. */
export interface ReportLine {
  readonly environment: string;
  readonly version: number | null;
  readonly from: string;
  readonly to: string;
  readonly verdict: string;
  readonly htmlDigest: string;
  readonly uri: string;
}

export interface ReportAsked {
  readonly environment?: string | undefined;
  /** a moment that the window holds; the newest window when absent */
  readonly day?: string | undefined;
  /** this window and no other */
  readonly window?: { readonly from: string; readonly to: string } | undefined;
}

/**
 * What a person looks up by name. Read only; the facts of the ledger make it. Newest first; what is unknown is empty or
 * null, and no error. Postgres not answering is `LEDGER_UNAVAILABLE`.
 */
export interface Lookups {
  /** Every model with a run, a version or a lifecycle, by name. */
  models(): Promise<string[]>;
  runs(model: string, limit: number): Promise<RunLine[]>;
  report(model: string, asked: ReportAsked): Promise<ReportLine | null>;
  /** Whole digests of what the ledger names that begin like this, at most `limit`. */
  digestsFrom(beginning: string, limit: number): Promise<string[]>;
}
