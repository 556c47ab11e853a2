import { readFile } from 'node:fs/promises';
import type { ComparedMetric } from '../../statistics/metrics/weighted-metric.js';
import { meanOf } from '../../statistics/moments.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { pairedBootstrap, type ScoredPair } from '../../statistics/tests/paired-bootstrap.js';
import { scoreRows } from '../onnx/scoring.js';
import { childMain } from '../processes/child-main.js';
import { type HeldOutRows, heldOutRows } from '../sql/jobs/held-out.js';
import { CompareJob, type CompareJobResult, type ModelFile } from './compare-job.js';

/** Process entry: reads the held-out rows once and lets both models answer them. */
await childMain(async (input): Promise<CompareJobResult> => {
  const job = CompareJob.parse(input);
  const rows = await heldOutRows(job.heldOut);
  const champion = await answers(job.champion, rows);
  const challenger = await answers(job.challenger, rows);
  const { metrics } = tasks[job.task];
  return {
    rows: rows.labels.length,
    championMetrics: metrics(rows.labels, champion),
    challengerMetrics: metrics(rows.labels, challenger),
    pairs: job.metrics.map((metric) => pairOf(metric, { labels: rows.labels, champion, challenger }, job)),
    gaps: { champion: gapOf(champion, rows), challenger: gapOf(challenger, rows) },
  };
});

async function answers(
  { file, signature, missing }: ModelFile,
  { columns, labels }: HeldOutRows,
): Promise<Float64Array> {
  const nothing = Array.from(labels, () => null);
  const known = (name: string) => (missing.includes(name) ? undefined : columns[name]);
  const asked = signature.inputs.map(({ name }) => [name, known(name) ?? nothing]);
  return scoreRows(await readFile(file), signature, Object.fromEntries(asked));
}

/** Of the rows that have both. */
function gapOf(answered: Float64Array, { labels }: HeldOutRows): number {
  return meanOf(answered.map((answer, i) => answer - (labels[i] ?? Number.NaN)).filter(Number.isFinite));
}

function pairOf(metric: ComparedMetric, scored: ScoredPair, { heldOut }: CompareJob) {
  const { labels } = scored;
  const isOneClass = metric === 'rocAuc' && Array.from(labels).every((label) => label === labels[0]);
  return isOneClass ? null : pairedBootstrap(scored, metric, { seed: heldOut.input.seed });
}
