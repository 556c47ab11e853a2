import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { childEntry } from '../../activities/processes/child-process.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { MlopsPlugin } from '../../index.js';
import type { Bench, Measured } from './bench.js';
import { inPlace, type Place } from './place.js';
import { portsEnvironment } from './ports-environment.js';
import { alternate, rounded, spread } from './rounds.js';
import { WeighedWorker } from './weighed-worker.js';

const rounds = 5;
const workflowsPerRound = 60;
/** They load what all workflows share, before anything is weighed. */
const warmUps = 30;

/**
 * By how much a worker's resident memory grows for each workflow that sleeps in its cache, with garbage collected: a
 * lifecycle in our own bundle, a lifecycle in a host's bundle, and a workflow that does nothing but sleep.
 */
export const bench: Bench = (log) => inPlace((place) => measure(place, log));

async function measure(place: Place, log: (line: string) => void): Promise<Measured> {
  const workers = await startWorkers(place);
  for (const worker of Object.values(workers)) await worker.grow(warmUps);
  const idle = workers.ours.mebibytes;
  log(`${rounds} rounds of ${workflowsPerRound} workflows on each of 3 workers …`);
  const grown = await alternate(rounds, {
    ours: () => workers.ours.grow(workflowsPerRound),
    host: () => workers.host.grow(workflowsPerRound),
    bare: () => workers.bare.grow(workflowsPerRound),
  });
  return result(grown, idle);
}

type Sides<T> = Record<'ours' | 'host' | 'bare', T>;

function result(grown: readonly Sides<number>[], idle: number): Measured {
  const each = (side: keyof Sides<number>) => spread(grown.map((round) => round[side]));
  const overall = (side: keyof Sides<number>) =>
    rounded(grown.reduce((sum, round) => sum + round[side], 0) / grown.length);
  return {
    figures: {
      workflows: rounds * workflowsPerRound,
      rounds,
      oursMebibytesPerLifecycle: each('ours'),
      hostMebibytesPerLifecycle: each('host'),
      bareMebibytesPerWorkflow: each('bare'),
      oursMebibytesPerLifecycleOverall: overall('ours'),
      hostMebibytesPerLifecycleOverall: overall('host'),
      bareMebibytesPerWorkflowOverall: overall('bare'),
      oursWarmWorkerMebibytes: rounded(idle, 0),
    },
    ratios: {
      vsBareTemporal: rounded(each('bare').median / each('ours').median, 2),
      hostVsBareTemporal: rounded(each('bare').median / each('host').median, 2),
    },
  };
}

async function startWorkers(place: Place): Promise<Sides<WeighedWorker>> {
  const [address, databaseUrl] = await Promise.all([place.temporal(), place.postgres()]);
  await migrate(databaseUrl);
  const connection = await Connection.connect({ address });
  place.atEnd(() => connection.close());
  const client = new Client({ connection });
  const environment = portsEnvironment(place, databaseUrl);
  const bundles = await bundle(place);
  const maxCachedWorkflows = 2 * rounds * workflowsPerRound;
  const worker = (side: keyof Sides<unknown>, workflow: string, settings: Record<string, string> | null) =>
    new WeighedWorker(place, client, {
      address,
      taskQueue: `bench-${side}`,
      workflow,
      bundleFile: bundles[side],
      environment: settings,
      maxCachedWorkflows,
    });
  return {
    ours: worker('ours', 'modelLifecycle', environment),
    host: worker('host', 'modelLifecycle', environment),
    bare: worker('bare', 'bareSleeper', null),
  };
}

/** Ours as it is shipped, a host's as it builds it with our plugin, and one without us. */
async function bundle(place: Place): Promise<Sides<string>> {
  const plugin = new MlopsPlugin({ ports: null });
  const build = async (name: string, plugins: MlopsPlugin[]) => {
    const workflowsPath = fileURLToPath(new URL(`./${name}-workflows.js`, import.meta.url));
    const { code } = await bundleWorkflowCode({ workflowsPath, plugins, logger: new DefaultLogger('ERROR') });
    const file = join(place.folder, `${name}-bundle.js`);
    writeFileSync(file, code);
    return file;
  };
  return { ours: childEntry('workflow-bundle.js'), host: await build('host', [plugin]), bare: await build('bare', []) };
}
