import type { Metrics } from '../../schemas/index.js';
import { decimalText } from '../reports/number-text.js';
import type { RunFact } from '../stores/ledger.js';

/** What a run measured on rows it did not learn from, in words: what a person weighs at the gate. */
export function evidenceOf(run: RunFact): string[] {
  const made = `made by ${run.trainer} from ${run.dataset.name} version ${run.dataset.version}, run ${run.runId}`;
  return run.test === null ? [made] : [`test split: ${metricsInWords(run.test)}`, made];
}

function metricsInWords(metrics: Metrics): string {
  const named =
    'logLoss' in metrics
      ? {
          'ROC AUC': metrics.rocAuc,
          'log loss': metrics.logLoss,
          Brier: metrics.brier,
          'calibration error': metrics.calibrationError,
        }
      : { RMSE: metrics.rmse, MAE: metrics.mae, 'R²': metrics.r2 };
  const values = Object.entries(named).map(([name, value]) => `${name} ${decimalText(value, 4)}`);
  return `${values.join(', ')} on ${metrics.rows} rows`;
}
