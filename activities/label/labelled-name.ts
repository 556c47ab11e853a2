import { type CheckedLabelInput, canonicalJson, DatasetName, failure } from '../../schemas/index.js';
import { measureBytes } from '../files/hashing.js';
import type { Ledger } from '../stores/ledger.js';
import type { Registry } from '../stores/registry.js';

/** What makes the labels of a dataset, by its digest: the strategy with all that it was told, but when. */
export function ruleDigest({ dataset: _dataset, output: _output, asOf: _asOf, ...rule }: CheckedLabelInput): string {
  return measureBytes(Buffer.from(canonicalJson(rule))).digest;
}

const usualName = ({ dataset, output }: CheckedLabelInput) => output ?? named(`${dataset.name}-labelled`);

function named(name: string): string {
  const parsed = DatasetName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw failure(
    'LABEL_INVALID',
    `"${name}" is too long for the name of a dataset. Say the labelled dataset's "output".`,
  );
}

interface Records {
  readonly registry: Pick<Registry, 'datasetVersion'>;
  readonly ledger: Pick<Ledger, 'fact'>;
}

/**
 * The labelled dataset that a labelling adds to. A name belongs to the rule that first used it, so that the newest version
 * of a name is never somebody else's labels: another rule on the same dataset gets a name of its own, and a name that was
 * asked for and is taken is LABEL_INVALID.
 */
export async function labelledName(records: Records, input: CheckedLabelInput): Promise<string> {
  const name = usualName(input);
  const rule = ruleDigest(input);
  const taken = await ruleOf(records, name);
  if (taken === null || taken === rule) return name;
  if (input.output === undefined) return named(`${name}-${rule.slice(0, 8)}`);
  const message = `Dataset "${name}" has versions that this rule did not make. Choose another "output", or leave it out.`;
  throw failure('LABEL_INVALID', message, { output: name });
}

/** The digest of the rule whose labels a dataset holds; empty where it holds none of ours, null where there is no such dataset. */
async function ruleOf({ registry, ledger }: Records, name: string): Promise<string | null> {
  const newest = await registry.datasetVersion(name);
  if (newest === null) return null;
  const fact = await ledger.fact(`dataset/${name}/${newest.digest}`);
  const report: unknown = fact && 'report' in fact ? fact.report : null;
  const rule: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'labelRule') : null;
  return typeof rule === 'string' ? rule : '';
}
