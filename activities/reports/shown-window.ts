import type { ColumnDrift, Metrics, MonitorPolicy, MonitorResult } from '../../schemas/index.js';
import type { Bin } from '../../statistics/drift/window-distribution.js';
import type { CalibrationPoint } from '../../statistics/metrics/calibration-curve.js';

/** How one column was spread at packaging and in the window. */
export interface Distribution {
  readonly column: string;
  readonly kind: ColumnDrift['kind'];
  readonly bins: readonly Bin[];
}

/** All that the page of one window shows. */
export interface ShownWindow {
  readonly result: Omit<MonitorResult, 'report'>;
  readonly policy: MonitorPolicy;
  readonly distributions: readonly Distribution[];
  readonly calibration: readonly CalibrationPoint[];
  /** of the version's test rows at packaging */
  readonly test: Metrics | null;
}
