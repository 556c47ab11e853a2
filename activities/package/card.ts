import {
  asVisible,
  codeSpan,
  escapeMarkdown,
  type MatrixMeta,
  type Metrics,
  type ModelSignature,
} from '../../schemas/index.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import type { FinishedRun } from '../train/finished-run.js';
import type { RunDocument } from '../train/run-document.js';
import type { GoldenRows } from './golden.js';

export interface CardContent {
  readonly finished: FinishedRun;
  readonly meta: MatrixMeta;
  readonly signature: ModelSignature;
  readonly golden: GoldenRows;
}

const mostListed = 100;

/** `model-card.md`: what a person needs to know before trusting the model. Source: Mitchell et al., Model Cards, 2019. */
export function modelCard({ finished, meta, signature, golden }: CardContent): string {
  const { run, document } = finished;
  return [
    `# ${run.model}`,
    `${answerOf(signature, meta)} Trained by ${codeSpan(run.trainer)} on ${meta.rows.train} rows of ${codeSpan(run.dataset.name)} version ${run.dataset.version}.`,
    '## Data',
    table(
      ['split', 'rows'],
      Object.entries(meta.rows).map(([split, rows]) => [split, String(rows)]),
    ),
    `Dataset digest \`${run.dataset.digest}\`. ${splitOf(meta)}`,
    '## Quality on the test split',
    metricsTable(document.metrics.test, document.baseline.test),
    'The baseline answers the same for every row: the class rate or the mean of the training rows.',
    '## Inputs',
    table(
      ['column', 'type'],
      signature.inputs.slice(0, mostListed).map(({ name, type }) => [codeSpan(name), type]),
    ),
    '## Features',
    table(
      ['feature', 'made from', 'how'],
      meta.features.slice(0, mostListed).map((f) => [codeSpan(f.name), codeSpan(f.column), f.kind]),
    ),
    ...refusedPart(meta),
    '## Limits',
    limitsOf(meta, document),
    '## How to call it',
    callOf(run.model, signature, golden),
    '## Training',
    table(
      ['parameter', 'value'],
      [
        ...Object.entries(run.parameters).map(([name, value]) => [codeSpan(name), escapeMarkdown(String(value))]),
        ['seed', String(run.seed)],
      ],
    ),
    `Run ${codeSpan(run.runId)}, run document \`${finished.runDigest}\`.`,
    '',
  ].join('\n\n');
}

function answerOf({ output }: ModelSignature, { task }: MatrixMeta): string {
  return `Answers one \`${output.name}\` per row: ${tasks[task].answer.words}.`;
}

function splitOf({ split }: MatrixMeta): string {
  const { withoutTime, labelNotKnownInTime, afterTest, sampledOut } = split.leftOut;
  const out = [
    [withoutTime, 'have no time'],
    [labelNotKnownInTime, 'have a label that was not known in time'],
    [afterTest, 'happened after the test'],
    [sampledOut, 'are more than may be learnt from'],
  ] as const;
  const some = out.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  const left =
    some.length === 0 ? 'No labelled row is in none of the three' : `In none of the three: ${some.join(', ')}`;
  return `How rows were split: ${escapeMarkdown(split.words)}. ${left}.`;
}

function metricsTable(model: Metrics, baseline: Metrics): string {
  const of = (metrics: Metrics): Record<string, number | null> => ({ ...metrics });
  const [own, other] = [of(model), of(baseline)];
  return table(
    ['metric', 'model', 'baseline'],
    Object.keys(own).map((name) => [escapeMarkdown(name), shown(own[name]), shown(other[name])]),
  );
}

function refusedPart({ refused }: MatrixMeta): string[] {
  if (refused.length === 0) return [];
  return [
    '## Columns that were refused',
    table(
      ['column', 'why'],
      refused.slice(0, mostListed).map((r) => [codeSpan(r.column), `it ${escapeMarkdown(r.reason)}`]),
    ),
  ];
}

function limitsOf({ features, timeColumn }: MatrixMeta, { parity }: RunDocument): string {
  const countsAsNo = features.some((feature) => feature.kind === 'boolean' && feature.complete);
  const hasCategories = features.some(({ kind }) => kind === 'targetMean');
  return [
    '- It knows the world of its training rows; what came later is for monitoring to notice.',
    '- A missing value is allowed in every input.',
    ...(countsAsNo ? ['- A yes or no that was never missing in training counts as no where it is missing.'] : []),
    ...(hasCategories ? ['- A category that was not seen in training counts as the average row.'] : []),
    ...(timeColumn === null
      ? [
          '- No column says when a row happened, so it was judged on rows of the same time as those that it learnt from.',
        ]
      : []),
    `- The model was compared with the trainer on ${parity.rows} rows, ${parity.rowsWithMissing} with a missing value; the largest difference is ${parity.maxDifference.toExponential(1)}.`,
  ].join('\n');
}

function callOf(model: string, { inputs }: ModelSignature, { rows, expected }: GoldenRows): string {
  const example = Object.fromEntries(inputs.slice(0, mostListed).map(({ name }, c) => [name, rows[c]?.[0] ?? null]));
  return [
    `\`POST /models/${model}/invocations\`; times are ISO 8601 in UTC or epoch milliseconds, a missing value is null:`,
    '',
    '```json',
    asVisible(JSON.stringify({ dataframe_records: [example] })),
    '```',
    '',
    `The answer to this row is ${shown(expected[0])}.`,
  ].join('\n');
}

/** Of cells that are Markdown: what comes from outside went through `codeSpan` or `escapeMarkdown`. */
function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function shown(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}
