import type { PageLinks } from '../schemas/index.js';
import type { Place } from './adapter.js';
import type { Labeler } from './labelers/labeler.js';
import type { Source } from './sources/source.js';
import type { SqlLimits } from './sql/sql-job.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Fleet } from './stores/fleet.js';
import type { Ledger } from './stores/ledger.js';
import type { PredictionLog } from './stores/prediction-log.js';
import type { Registry } from './stores/registry.js';
import type { Target } from './targets/target.js';
import type { TrialLimits } from './train/plan.js';
import type { RegisteredTrainer } from './trainers/trainer-registry.js';

/** Everything the activities reach the world through. A host gives its own adapters in place of ours. */
export interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  readonly fleet: Fleet;
  readonly sources: readonly Source[];
  readonly labelers: readonly Labeler[];
  readonly trainers: readonly RegisteredTrainer[];
  /** the target that serves an environment */
  readonly target: (environment: string) => Target;
  /** the value of a secret that an input names */
  readonly secret: Place['secret'];
  /** scratch space of child processes */
  readonly workDirectory: string;
  /** what one job over data may use; the defaults where absent */
  readonly limits?: Partial<SqlLimits>;
  readonly signaturesRequired: boolean;
  /** where people read what is stored in a browser; absent where nobody serves it */
  readonly pages?: PageLinks;
  /** what one trial may use where it is not as usual */
  readonly trialLimits?: Partial<TrialLimits>;
  /** closes what was opened with the ports */
  close(): Promise<void>;
}
