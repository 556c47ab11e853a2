import type { GateComparison, MetricValues, MonitorPolicy } from '../../schemas/index.js';
import { differenceInWords } from '../../statistics/verdicts/difference-in-words.js';
import { decimalText, signedText } from '../reports/number-text.js';
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

/** What serves and what wants to, on the same rows: two columns, `serving → candidate`. */
export function comparisonInWords(compared: GateComparison): string[] {
  const { version, serving, rows, differences, calibrationGap: gap } = compared;
  if (rows === 0) return [`version ${version} is the same model as version ${serving}, which serves`];
  return [
    `version ${serving}, which serves → version ${version}, on the same ${rows} test rows:`,
    ...differences.map(
      ({ metric, ...d }) =>
        `${words[metric] ?? metric} ${decimalText(d.serving, 4)} → ${decimalText(d.candidate, 4)}: ${differenceInWords(d)}`,
    ),
    ...(gap === null ? [] : [`mean answer − mean outcome ${signedText(gap.serving)} → ${signedText(gap.candidate)}`]),
    ...doubtsOf(compared),
  ];
}

function doubtsOf({ serving, servingMissed, mayKnowRows }: GateComparison): string[] {
  const missed = servingMissed.slice(0, mostNamed).join(', ');
  return [
    ...(servingMissed.length === 0
      ? []
      : [`version ${serving} answered without ${missed}, which the data has no more, or as another type`]),
    ...(mayKnowRows ? [`version ${serving} may have learnt some of these rows: they have no time to tell by`] : []),
  ];
}

const mostNamed = 5;

/** The version's own test, held against what monitoring will hold its days against: told before it serves, not after. */
export function limitsInWords(
  { meanPredicted, meanObserved, rows = 0 }: MetricValues,
  policy: MonitorPolicy,
): string[] {
  if (typeof meanPredicted !== 'number' || typeof meanObserved !== 'number') return [];
  const gap = meanPredicted - meanObserved;
  const limit = policy.maxCalibrationGap;
  const few = (rows ?? 0) < policy.minRows ? ` (on ${rows} rows; monitoring judges from ${policy.minRows} on)` : '';
  const [found, allowed] = [decimalText(Math.abs(gap)), decimalText(limit)];
  if (Math.abs(gap) <= limit) return [`within monitoring's limit of calibration: gap ${found} ≤ ${allowed}${few}`];
  const direction = gap > 0 ? 'above' : 'below';
  return [`would fail calibration: gap ${found} > ${allowed}, answers lie ${direction} outcomes${few}`];
}

/** Measured like the others, and no help to who decides. */
const unsaid = ['prAuc', 'meanPredicted', 'meanObserved'];

function metricsInWords({ rows, ...measured }: MetricValues): string {
  const named = Object.keys(words).filter((name) => name in measured);
  const own = Object.keys(measured).filter((name) => !(name in words || unsaid.includes(name)));
  const values = [...named, ...own].map((name) => `${words[name] ?? name} ${decimalText(measured[name] ?? null, 4)}`);
  return `${values.join(', ')}${rows === undefined ? '' : ` on ${rows} rows`}`;
}
