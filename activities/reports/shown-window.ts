import type { Metrics, MonitorPolicy, MonitorResult, Task } from '../../schemas/index.js';
import type { Spread } from '../../statistics/drift/window-distribution.js';
import type { CalibrationPoint } from '../../statistics/metrics/calibration-curve.js';
import type { QualityDetail } from '../../statistics/tasks/task.js';
import type { MonitorPast } from '../stores/registry.js';

/** How one column was spread at packaging and in the window; null when a side has no value. */
export interface Distribution {
  readonly column: string;
  readonly spread: Spread | null;
}

/** A window as it was judged. */
export interface JudgedPage {
  readonly result: Omit<MonitorResult, 'report'>;
  readonly policy: MonitorPolicy;
  readonly distributions: readonly Distribution[];
  readonly calibration: readonly CalibrationPoint[];
  readonly detail: QualityDetail | null;
  readonly task: Task;
  /** of the version's test rows at packaging */
  readonly test: Metrics | null;
}

/** Which bytes and whose run a page is about. */
export interface Identity {
  readonly runId: string;
  readonly modelDigest: string;
  readonly datasetDigest: string;
  /** the workflow that asked for the look */
  readonly workflowId: string;
  /** when it asked: UTC ISO; null where nobody said */
  readonly madeAt: string | null;
}

/** Who acts on a request for retraining; null where the model has no lifecycle. */
export interface Acting {
  readonly automatic: boolean;
  readonly hasRecipe: boolean;
}

/** All that the page of one window shows. */
export interface ShownWindow extends JudgedPage {
  readonly identity: Identity;
  readonly past: MonitorPast;
  readonly acting: Acting | null;
}
