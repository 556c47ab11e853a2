import type { MetricValues } from '../../schemas/index.js';
import { decimalText } from '../reports/number-text.js';
import type { RunFact } from '../stores/registry.js';

/** What a run measured on rows it did not learn from, in words: what a person weighs at the gate. */
export function evidenceOf(run: RunFact): string[] {
  const made = `made by ${run.trainer} from ${run.dataset.name} version ${run.dataset.version}, run ${run.runId}`;
  return run.test === null ? [made] : [`test split: ${metricsInWords(run.test)}`, made];
}

const words: Record<string, string> = {
  rocAuc: 'ROC AUC',
  logLoss: 'log loss',
  brier: 'Brier',
  calibrationError: 'calibration error',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
};

/** Measured like the others, and no help to who decides. */
const unsaid = ['prAuc', 'meanPredicted', 'meanObserved'];

function metricsInWords({ rows, ...measured }: MetricValues): string {
  const named = Object.keys(words).filter((name) => name in measured);
  const own = Object.keys(measured).filter((name) => !(name in words || unsaid.includes(name)));
  const values = [...named, ...own].map((name) => `${words[name] ?? name} ${decimalText(measured[name] ?? null, 4)}`);
  return `${values.join(', ')}${rows === undefined ? '' : ` on ${rows} rows`}`;
}
