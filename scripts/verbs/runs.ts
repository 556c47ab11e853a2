import type { RunLine } from '../../activities/stores/lookups.js';
import { failure, suggestion } from '../../schemas/index.js';
import { misused, text, wholeNumber } from '../cli/arguments.js';
import { withLedger } from '../cli/connect.js';
import { nothingOf } from '../cli/known-model.js';
import { print } from '../cli/print.js';
import { comparedText, listedText } from '../cli/runs-text.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'runs list <model> [--limit 20] | runs compare <model> [<run | version> …]';

export const verb: Verb = {
  name: 'runs',
  summary: 'training runs of a model with their metrics and parameters, as a list, or side by side',
  usage,
  options: {
    limit: { type: 'string', value: '<number>', words: 'how many of the newest runs are looked at; 20 without a word' },
  },
  run(call) {
    const { model, named, isCompared } = asked(call);
    return withLedger(async ({ lookups }) => {
      const found = await lookups.runs(model, limitOf(call, named.length > 0));
      if (found.length === 0) throw await nothingOf(lookups, model, 'no run');
      const runs = named.length === 0 ? found : named.map((name) => runNamed(found, name));
      const shown = isCompared ? comparedText(runs.slice(0, mostCompared)) : listedText(runs);
      print(call.json ? JSON.stringify(runs) : shown);
      return 0;
    });
  },
};

const mostCompared = 6;
const mostSearched = 2000;

function asked({ positionals }: VerbCall): { model: string; named: string[]; isCompared: boolean } {
  const [what, model, ...named] = positionals;
  const isCompared = what === 'compare';
  if (model === undefined || (!isCompared && (what !== 'list' || named.length > 0))) throw misused(usage);
  return { model, named, isCompared };
}

function limitOf(call: VerbCall, isNamed: boolean): number {
  const given = text(call, 'limit');
  if (given !== undefined) return wholeNumber(given, '--limit must be a number from 1');
  return isNamed ? mostSearched : 20;
}

/** By its id or the beginning of it, or by the version that was packaged of it: `2` or `@2`. */
function runNamed(runs: readonly RunLine[], name: string): RunLine {
  const byVersion = runs.find(({ versions }) =>
    versions.some((version) => [`${version}`, `@${version}`].includes(name)),
  );
  const found =
    byVersion ?? runs.find(({ runId }) => runId === name) ?? runs.find(({ runId }) => runId.startsWith(name));
  if (found !== undefined) return found;
  const hint = suggestion(name, runs.map(({ runId }) => runId).slice(0, 5));
  throw failure('NOT_FOUND', `No run or version "${name}" is among the newest ${runs.length}.${hint}`, { name });
}
