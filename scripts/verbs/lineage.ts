import type { PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { failure, type LineageGraph } from '../../schemas/index.js';
import { argument } from '../cli/arguments.js';
import { withLedger } from '../cli/connect.js';
import { descendants, inWords, shortened, tree } from '../cli/lineage-tree.js';
import { print } from '../cli/print.js';
import { columns } from '../cli/text-columns.js';
import type { Verb } from '../cli/verb.js';

const usage = 'lineage <prediction id | request id | model[@version] | dataset[@version] | run id | digest> [--full]';

export const verb: Verb = {
  name: 'lineage',
  summary: 'what made it, back to the sources, the code and who let it through; and what was made of it',
  usage,
  options: {
    full: { type: 'boolean', words: 'whole digests and addresses, where 12 digits and a name are not enough' },
  },
  async run(call) {
    const id = argument(call, usage);
    const graph = await withLedger((stores) => lineageOf(stores, id));
    if (graph.nodes.length === 0) throw unknown(id);
    const text = [tree(graph), ...madeOf(graph), ...leftOut(graph)].join('\n');
    const shown = call.values['full'] === true ? text : shortened(text);
    print(call.json ? JSON.stringify({ id, ...graph }) : shown);
    return 0;
  },
};

/** What is shown by the beginning of its digest can be asked for by it, where only one begins so. */
async function lineageOf({ ledger, lookups }: Pick<PostgresStores, 'ledger' | 'lookups'>, id: string) {
  const graph = await ledger.lineage(id);
  if (graph.nodes.length > 0 || !/^[0-9a-f]{8,63}$/.test(id)) return graph;
  const [digest, ...others] = await lookups.digestsFrom(id, 2);
  return digest === undefined || others.length > 0 ? graph : ledger.lineage(digest);
}

const understood = [
  ['a prediction id', 'the x-prediction-id of an answer, with :<row> where it had several rows'],
  ['a request id', 'the x-request-id of an answer, like order:991; all predictions that carry it are shown'],
  ['a model or one of its versions', 'flight-delay (the newest), flight-delay@2'],
  ['a dataset or one of its versions', 'flights (the newest), flights@1'],
  ['a run id', 'flight-delay-3f9a1c0d2b4e'],
  ['a digest', '64 hex digits, or the first 8 and more, of a dataset, model, package, report or prediction segment'],
];

/** A prediction is known once its segment is in the ledger; until then it is safe on the model server's disk. */
function unknown(id: string) {
  const kinds = columns(understood.map(([kind = '', example = '']) => [`  ${kind}`, example]));
  const late =
    'A prediction that was just answered is not shipped yet: it is found within a minute of its answer ' +
    '(30 s unless MODEL_SERVER_LOG_ROTATE_MS says otherwise; longer while Postgres or the blobs are away). What is retired is gone.';
  return failure('NOT_FOUND', `The ledger knows nothing of "${id}". What can be asked for:\n${kinds}\n${late}`, { id });
}

function madeOf(graph: LineageGraph): string[] {
  const made = descendants(graph);
  return made.length === 0 ? [] : ['', 'made of it:', ...made.map((node) => `  ${inWords(node)}`)];
}

const leftOut = ({ leftOut: more }: LineageGraph): string[] =>
  more === 0 ? [] : ['', `${more} more, further away, are not shown: ask for one of those above.`];
