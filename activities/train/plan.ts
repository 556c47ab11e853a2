import type { TrainingPlan } from '../activities.js';
import type { SqlLimits } from '../sql/sql-job.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { Registry } from '../stores/registry.js';
import type { RegisteredTrainer } from '../trainers/trainer-registry.js';
import type { Preparation } from './run-document.js';

export interface TrainPorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly trainers: readonly RegisteredTrainer[];
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
  readonly trialLimits?: Partial<TrialLimits>;
}

/** A plan also says what decided the matrix, so that a run remembers how to draw its rows again. */
export type PreparedPlan = Omit<TrainingPlan, 'spaces'> & { readonly preparation: Preparation };

/** What one trial's process may use, beside its matrix. */
export interface TrialLimits {
  readonly memoryMb: number;
  readonly deadlineSeconds: number;
}
