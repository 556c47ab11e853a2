import type { LineageStep } from '../../activities/stores/ledger.js';
import { failure } from '../../schemas/index.js';
import { argument } from '../cli/arguments.js';
import { withStores } from '../cli/connect.js';
import { columns } from '../cli/text-columns.js';
import type { Verb } from '../cli/verb.js';

const usage = 'lineage <request id | model[@version] | dataset[@version] | run id | digest>';

export const verb: Verb = {
  name: 'lineage',
  summary: 'what made it, back to the sources, the code and who let it through; and what was made of it',
  usage,
  async run(call) {
    const id = argument(call, usage);
    const [steps, made] = await withStores(({ ledger }) => Promise.all([ledger.lineage(id), ledger.descendants(id)]));
    if (steps.length === 0) throw unknown(id);
    console.log(call.json ? JSON.stringify({ id, steps, made }) : [tree(steps), ...list(made)].join('\n'));
    return 0;
  },
};

const understood = [
  ['a request id', 'the x-request-id of an answer, e.g. 0d9c6a1e-7a52-4c1e-9d53-2f4d2b1f8c11'],
  ['a model or one of its versions', 'flight-delay (the newest), flight-delay@2'],
  ['a dataset or one of its versions', 'flights (the newest), flights@1'],
  ['a run id', 'flight-delay-3f9a1c0d2b4e'],
  ['a digest', '64 hex digits, of a dataset, model, package, report, code or prediction segment'],
];

/** A prediction is known once its segment is in the ledger, which is seconds after the answer. */
function unknown(id: string) {
  const kinds = columns(understood.map(([kind = '', example = '']) => [`  ${kind}`, example]));
  const late = 'A prediction is found a few seconds after its answer.';
  return failure('NOT_FOUND', `The ledger knows nothing of "${id}". What can be asked for:\n${kinds}\n${late}`, { id });
}

/** How far a thing is from a prediction. What is not named here stands with what comes before it. */
const distance: Record<string, number> = {
  prediction: 0,
  endpoint: 1,
  predictionSegment: 1,
  modelVersion: 1,
  approval: 2,
  run: 2,
  code: 3,
  commit: 3,
  labelledDataset: 3,
  'matrix-meta': 3,
  dataset: 4,
  source: 5,
};

/** prediction ← model version ← run ← dataset version ← sources, each one step further in. */
export function tree(steps: readonly LineageStep[]): string {
  const first = Math.min(...steps.map((step) => distance[step.kind] ?? 9));
  const depths: number[] = [];
  for (const { kind } of steps) depths.push(Math.max(0, (distance[kind] ?? (depths.at(-1) ?? 0) + first) - first));
  return steps.map((step, i) => `${branch(depths, i)}${inWords(step)}`).join('\n');
}

/** A corner where nothing more of the same level follows. */
function branch(depths: readonly number[], i: number): string {
  const depth = depths[i] ?? 0;
  if (depth === 0) return '';
  const next = depths.slice(i + 1).find((other) => other <= depth);
  return `${'   '.repeat(depth - 1)}${next === depth ? '├─' : '└─'} `;
}

const inWords = ({ kind, id, detail }: LineageStep) => `${kind} ${id}${detail ? `: ${detail}` : ''}`;

const list = (made: readonly LineageStep[]): string[] =>
  made.length === 0 ? [] : ['', 'made of it:', ...made.map((step) => `  ${inWords(step)}`)];
