import type { DatasetReference, Digest, EndpointName, Fact, ModelVersionReference } from '../../schemas/index.js';

export type RunFact = Extract<Fact, { kind: 'run' }>['body'];
export type ModelVersionFact = Extract<Fact, { kind: 'modelVersion' }>['body'];

export interface DatasetVersionRow extends DatasetReference {
  readonly rows: number;
  readonly labelled: boolean;
  /** UTC ISO: when this content was recorded first */
  readonly recordedAt: string;
}
export interface DatasetReport {
  readonly digest: string;
  readonly kind: 'profile' | 'reading' | 'validation';
}
export interface ModelVersionRow
  extends ModelVersionReference,
    Pick<ModelVersionFact, 'runId' | 'datasetDigest' | 'files'> {}

export interface PromotedVersion {
  readonly version: number;
  readonly modelDigest: string;
}

export interface MonitorMark {
  /** end of the last of these windows, UTC ISO; null where there is none */
  readonly watermark: string | null;
  /** bad windows in a row up to it */
  readonly badWindows: number;
  /** of the last of them; null where there is none */
  readonly verdict: string | null;
}

/** A window as its fact tells it. */
export interface PastWindow {
  readonly from: string;
  readonly to: string;
  readonly verdict: string;
  readonly predictions: number;
  readonly outcomes: number;
  readonly driftedColumns: number;
  /** ROC AUC or RMSE, whichever the task has; null where it was not measured */
  readonly quality: number | null;
  readonly calibrationGap: number | null;
}

/** The last windows, at most `most`, that ended by `before`, an instant. */
export interface PastAsked {
  readonly before: string;
  readonly most: number;
}

/** What was seen of an endpoint before a window, and what became of it. */
export interface MonitorPast {
  /** the oldest first; of one that was looked at twice, the later look */
  readonly windows: readonly PastWindow[];
  /** what the model's owner last answered to a monitor that asked for retraining; null where none ever asked */
  readonly asked: { readonly at: string; readonly outcome: string; readonly reason: string } | null;
}

/** What became of a model's versions. */
export interface VersionsBefore {
  /** the newest; null where none was packaged */
  readonly version: number | null;
  /** where versions were promoted, and the one promoted there last */
  readonly promoted: readonly { readonly environment: string; readonly version: number }[];
  /** where a gate was ever decided */
  readonly decidedIn: readonly string[];
}

/** What the facts say of a lifecycle, of all its runs. */
export interface Life extends VersionsBefore {
  /** as it was recorded last; null where it never was */
  readonly specification: Record<string, unknown> | null;
  readonly signaturesRequired: boolean;
  /** null where it lives, or began a new life since */
  readonly retired: { readonly by: string; readonly reason: string } | null;
}

/**
 * What exists by name: datasets, runs, model versions, endpoints. Read only; the facts of the ledger make it.
 *
 * Promises:
 * - A fact whose append was answered is seen by every question asked after that.
 * - A version, once given, never changes; content that comes again keeps the version it has. The newest version of a dataset
 *   is what was collected or labelled last, that of a model what was packaged first in its present form.
 * - What is unknown is null, and no error. Postgres not answering is `LEDGER_UNAVAILABLE`, which is retried.
 */
export interface Registry {
  /** The newest version when none is given; null if unknown. */
  datasetVersion(name: string, version?: number): Promise<DatasetVersionRow | null>;
  /** Blobs on a dataset version's columns, and on how it, or what it was labelled from, was read and which rules it keeps. */
  datasetReports(digest: string): Promise<DatasetReport[]>;
  /** The blob on what a dataset knows of its sources; null where it knows nothing. */
  sourceSchemas(dataset: string): Promise<Digest | null>;
  run(runId: string): Promise<RunFact | null>;
  /** The run of the model's newest `bestRun` fact. */
  bestRun(model: string): Promise<RunFact | null>;
  /** The newest version when none is given; null if unknown. */
  modelVersion(model: string, version?: number): Promise<ModelVersionRow | null>;
  /** The largest generation of an endpoint's changes; 0 where there is none. */
  lastGeneration(model: string, environment: string): Promise<number>;
  /** What was promoted to an environment, each version once. */
  promotedVersions(model: string, environment: string): Promise<PromotedVersion[]>;
  /** Of the windows that end by `before`, an instant; of all of them without it. */
  monitorMark(of: EndpointName, before?: string): Promise<MonitorMark>;
  monitorPast(of: EndpointName, asked: PastAsked): Promise<MonitorPast>;
  /** Null where the model never had a lifecycle. */
  life(model: string): Promise<Life | null>;
}
