import { calibration } from './binary.js';

export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

const curveBins = 20;

/** Mean prediction and mean outcome in bins of equal width, empty ones left out; see `calibration`. */
export function calibrationCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): CalibrationPoint[] {
  const { bins } = calibration(labels, scores, curveBins);
  return bins.map(({ meanPredicted, meanObserved, count }) => ({
    predicted: meanPredicted,
    observed: meanObserved,
    rows: count,
  }));
}
