import { trainers } from '../../activities/adapters.js';
import { createPackageActivities } from '../../activities/package.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import { createTrainActivities } from '../../activities/train.js';
import { TrainInput } from '../../schemas/index.js';
import { loadPackage } from '../../server/model/load-package.js';
import { dataFixture, planned } from '../integration/data-fixture.js';
import { createDatabase } from '../integration/ledger-database.js';

/** A dataset from its rows to a model that answers, by the activities themselves; what each stage ends with. */
export interface WholeLife {
  /** SQL that gives the rows */
  readonly query: string;
  readonly label: { readonly rule: string; readonly knownAt: string; readonly timeColumn?: string };
  readonly train: Record<string, unknown>;
}

/** Far below the 256 KiB of a message. */
export const bytesOf = (result: unknown): number => Buffer.byteLength(JSON.stringify(result));

export async function openWholeLife(name: string) {
  const data = dataFixture({ memoryMb: 1024, deadlineSeconds: 900 });
  const databaseUrl = await createDatabase(name);
  await migrate(databaseUrl);
  const stores = await openStores({ databaseUrl });
  const origin = { workflowId: `life/${name}`, step: 'train' };
  const ports = { ...data.ports, ...stores, trainers };
  const live = async (model: string, { query, label, train }: WholeLife) => {
    await data.parquet(`${model}.parquet`, query);
    const collected = await data.collect({ dataset: model, sources: [{ name: 's', path: `${model}.parquet` }] });
    const labelled = await data.label(collected.fact.digest, { ...label, output: model });
    await stores.ledger.appendAll([collected.fact, labelled.fact]);
    const training = createTrainActivities(ports);
    const input = TrainInput.parse({ model, dataset: { name: model }, ...train });
    const { plan, trials } = await planned(training, input, origin);
    const results = [];
    for (const trial of trials) results.push(await training.runTrial({ model, plan, trial }, origin));
    const best = await training.chooseBestRun({ train: input, plan, results }, origin);
    const version = await createPackageActivities(ports).packageRun({ model }, origin);
    const { loaded, golden } = await loadPackage(version, model, (digest) => data.ports.blobs.get(digest));
    const answers = [...(await loaded.score(golden.columns, golden.expected.length))];
    await loaded.release();
    return { collected: collected.result, labelled: labelled.result, plan, best, version, golden, answers };
  };
  const close = async () => {
    await stores.close();
    data.close();
  };
  return { live, close };
}
