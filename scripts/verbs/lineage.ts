import type { LineageStep } from '../../activities/stores/ledger.js';
import { failure } from '../../schemas/index.js';
import { argument } from '../arguments.js';
import { withStores } from '../connect.js';
import type { Verb } from '../verb.js';

const usage = 'lineage <request id | digest | model@version | dataset@version | run id>';

export const verb: Verb = {
  name: 'lineage',
  summary: 'what made it, back to the sources, and who let it through',
  usage,
  async run(call) {
    const id = argument(call, usage);
    const steps = await withStores(({ ledger }) => ledger.lineage(id));
    if (steps.length === 0) throw failure('NOT_FOUND', `The ledger knows nothing of "${id}".`, { id });
    console.log(call.json ? JSON.stringify({ id, steps }) : tree(steps));
    return 0;
  },
};

/** How far a thing is from a prediction. What is not named here stands with what comes before it. */
const distance: Record<string, number> = {
  prediction: 0,
  predictionSegment: 1,
  modelVersion: 1,
  approval: 2,
  run: 2,
  labelledDataset: 3,
  dataset: 4,
  source: 5,
};

/** prediction ← model version ← run ← dataset version ← sources, each one step further in. */
export function tree(steps: readonly LineageStep[]): string {
  const first = Math.min(...steps.map((step) => distance[step.kind] ?? 9));
  let depth = 0;
  const lines = steps.map((step) => {
    depth = Math.max(0, (distance[step.kind] ?? depth + first) - first);
    const arrow = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
    return `${arrow}${step.kind} ${step.id}${step.detail ? `: ${step.detail}` : ''}`;
  });
  return lines.join('\n');
}
