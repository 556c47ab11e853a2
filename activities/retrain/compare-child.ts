import { readFile } from 'node:fs/promises';
import { failure } from '../../schemas/index.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { pairedBootstrap } from '../../statistics/tests/paired-bootstrap.js';
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
    pair: pairOf(job, rows.labels, { champion, challenger }),
  };
});

async function answers({ file, signature }: ModelFile, { columns, labels }: HeldOutRows): Promise<Float64Array> {
  const nothing = Array.from(labels, () => null);
  const asked = signature.inputs.map(({ name }) => [name, columns[name] ?? nothing]);
  return scoreRows(await readFile(file), signature, Object.fromEntries(asked));
}

interface Scores {
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

function pairOf({ metric, heldOut }: CompareJob, labels: Float64Array, { champion, challenger }: Scores) {
  if (metric === 'rocAuc' && labels.every((label) => label === labels[0])) {
    throw failure('ONE_CLASS', `All ${labels.length} rows to compare on have the label ${labels[0]}: no ROC AUC.`);
  }
  return pairedBootstrap({ labels, champion, challenger }, metric, { seed: heldOut.input.seed });
}
