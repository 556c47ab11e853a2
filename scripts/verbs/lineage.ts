import { failure, type LineageGraph } from '../../schemas/index.js';
import { argument } from '../cli/arguments.js';
import { withStores } from '../cli/connect.js';
import { descendants, inWords, tree } from '../cli/lineage-tree.js';
import { print } from '../cli/print.js';
import { columns } from '../cli/text-columns.js';
import type { Verb } from '../cli/verb.js';

const usage = 'lineage <request id | model[@version] | dataset[@version] | run id | digest>';

export const verb: Verb = {
  name: 'lineage',
  summary: 'what made it, back to the sources, the code and who let it through; and what was made of it',
  usage,
  async run(call) {
    const id = argument(call, usage);
    const graph = await withStores(({ ledger }) => ledger.lineage(id));
    if (graph.nodes.length === 0) throw unknown(id);
    print(call.json ? JSON.stringify({ id, ...graph }) : [tree(graph), ...madeOf(graph)].join('\n'));
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

function madeOf(graph: LineageGraph): string[] {
  const made = descendants(graph);
  return made.length === 0 ? [] : ['', 'made of it:', ...made.map((node) => `  ${inWords(node)}`)];
}
