import type { ColumnDrift, MonitorPolicy, Verdict } from '../../schemas/index.js';

export interface WindowEvidence {
  readonly rows: number;
  /** rows of the window whose true outcome is known */
  readonly outcomes: number;
  readonly drift: readonly ColumnDrift[];
  /** mean predicted − mean observed; null without outcomes */
  readonly calibrationGap: number | null;
  /** what its limit is given in; see `LearningTask.gapUnit` */
  readonly gapUnit: number;
  /** null without outcomes, with one class, and for a number */
  readonly rocAuc: number | null;
  /** of the test rows at packaging */
  readonly testRocAuc: number | null;
  readonly previousBadWindows: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** sentences a person can check: each names the number and the limit it was held against */
  readonly reasons: string[];
  readonly badWindows: number;
  readonly retrainAsked: boolean;
}

const drawnOut = 10;

/**
 * What one window means. Decay counts before drift: a changed input that does no harm is a warning, a wrong answer is a
 * fault. `minRows` holds for the rows of the window and, for decay, for the rows whose outcome is known, because a
 * small sample is far from its mean by chance: 250 rows of unchanged data show a PSI above 0.1 in 19 of 100 windows.
 */
export function monitorVerdict(evidence: WindowEvidence, policy: MonitorPolicy): Judgement {
  if (evidence.rows < policy.minRows) {
    const reason = `${evidence.rows} predictions are fewer than the ${policy.minRows} a verdict needs.`;
    return { verdict: 'tooFewRows', reasons: [reason], badWindows: 0, retrainAsked: false };
  }
  const decay = decayReasons(evidence, policy);
  const drift = driftReasons(evidence.drift);
  const verdict = decay.length > 0 ? 'decayed' : drift.length > 0 ? 'drifted' : 'healthy';
  const bad = verdict === 'healthy' ? 0 : evidence.previousBadWindows + 1;
  const found = verdict === 'healthy' ? healthyReasons(evidence, policy) : [...decay, ...drift];
  const reasons = [
    ...found,
    ...sparseReasons(evidence, policy),
    ...patienceReasons(bad, policy),
    ...outcomeReasons(evidence, policy),
  ];
  return { verdict, reasons, badWindows: bad, retrainAsked: bad >= policy.patience };
}

function decayReasons(evidence: WindowEvidence, policy: MonitorPolicy): string[] {
  if (evidence.outcomes < policy.minRows) return [];
  return [...calibrationReasons(evidence, policy), ...aucReasons(evidence, policy)];
}

function calibrationReasons(evidence: WindowEvidence, policy: MonitorPolicy): string[] {
  const { calibrationGap: gap, outcomes } = evidence;
  if (gap === null || Math.abs(gap) <= policy.maxCalibrationGap * evidence.gapUnit) return [];
  const direction = gap > 0 ? 'above' : 'below';
  return [
    `On ${outcomes} known outcomes the mean prediction lies ${number(Math.abs(gap))} ${direction} the mean outcome; ` +
      `${allowedText(evidence, policy)} is allowed.`,
  ];
}

/** "0.03", or "2.83 (0.03 standard deviations of the label)". */
function allowedText({ gapUnit }: WindowEvidence, { maxCalibrationGap }: MonitorPolicy): string {
  if (gapUnit === 1) return number(maxCalibrationGap);
  return `${number(maxCalibrationGap * gapUnit)} (${number(maxCalibrationGap)} standard deviations of the label)`;
}

function aucReasons({ rocAuc, testRocAuc, outcomes }: WindowEvidence, policy: MonitorPolicy): string[] {
  if (rocAuc === null || testRocAuc === null) return [];
  if (testRocAuc - rocAuc <= policy.maxAucLoss) return [];
  return [
    `On ${outcomes} known outcomes ROC AUC fell from ${number(testRocAuc)} at packaging to ${number(rocAuc)}; ` +
      `a loss of ${number(policy.maxAucLoss)} is allowed.`,
  ];
}

function driftReasons(drift: readonly ColumnDrift[]): string[] {
  const drifted = drift.filter((column) => column.drifted).sort((a, b) => b.psi - a.psi);
  const reasons = drifted.slice(0, drawnOut).map((column) => `Column ${column.column} drifted: ${column.reason}`);
  if (drifted.length > drawnOut) reasons.push(`${drifted.length - drawnOut} more columns drifted.`);
  return reasons;
}

function healthyReasons(evidence: WindowEvidence, policy: MonitorPolicy): string[] {
  const { calibrationGap, outcomes } = evidence;
  const reasons = [steadyReason(evidence.drift, policy)];
  if (calibrationGap !== null && outcomes >= policy.minRows) {
    reasons.push(`The calibration gap of ${number(calibrationGap)} is within ${allowedText(evidence, policy)}.`);
  }
  return reasons;
}

function steadyReason(drift: readonly ColumnDrift[], { psiThreshold }: MonitorPolicy): string {
  if (drift.length === 0) return 'The baseline holds no column to compare.';
  const judged = drift.filter((column) => column.judged);
  const [largest] = judged.toSorted((a, b) => b.psi - a.psi);
  if (largest === undefined) return 'No column can be judged.';
  const which = judged.length < drift.length ? 'No column that can be judged drifted' : 'No column drifted';
  return `${which}: the largest PSI is ${number(largest.psi)}, of ${largest.column}; the limit is ${number(psiThreshold)}.`;
}

/** A column that is not judged is not steady, whatever the verdict on the others. */
function sparseReasons({ drift }: WindowEvidence, { minRows }: MonitorPolicy): string[] {
  const sparse = drift.filter(({ judged, rows }) => !judged && rows < minRows);
  if (sparse.length === 0) return [];
  const named = sparse.slice(0, drawnOut).map(({ column, rows }) => `${column} (${rows} of ${minRows})`);
  const more = sparse.length > drawnOut ? ` and ${sparse.length - drawnOut} more` : '';
  return [`Too few rows to judge: ${named.join(', ')}${more}.`];
}

function patienceReasons(badWindows: number, { patience }: MonitorPolicy): string[] {
  if (badWindows === 0) return [];
  const asked = badWindows >= patience ? 'retraining is asked for' : `retraining is asked for at ${patience}`;
  return [`${badWindows} bad window${badWindows === 1 ? '' : 's'} in a row: ${asked}.`];
}

function outcomeReasons({ rows, outcomes }: WindowEvidence, { minRows }: MonitorPolicy): string[] {
  if (outcomes >= minRows) return [];
  return [`Quality is not judged: of ${rows} predictions ${outcomes} outcomes are known, ${minRows} are needed.`];
}

function number(value: number): string {
  return String(Number(value.toFixed(4)));
}
