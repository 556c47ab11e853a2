import { fileURLToPath } from 'node:url';
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, Worker, WorkerOptions } from '@temporalio/worker';
import type { Activities } from './activities/activities.js';
import { activityNames, createActivities } from './activities/create-activities.js';
import { missingSearchAttributes } from './activities/owner/search-attributes.js';
import type { Ports } from './activities/ports.js';
import { codedErrorsInterceptor } from './activities/processes/coded-errors.js';
import { heartbeatInterceptor } from './activities/processes/heartbeat.js';
import { refuseBundleWithoutOurs, refuseWithoutOurWorkflows } from './bundle-guard.js';
import { dataConverter } from './data-converter.js';
import { failure } from './schemas/index.js';

export type { Activities } from './activities/activities.js';
export type { Adapter, Place } from './activities/adapter.js';
export type { Labeler, Labelling } from './activities/labelers/labeler.js';
export { openPorts } from './activities/open-ports.js';
export type { Ports } from './activities/ports.js';
export type { FetchedFile, FetchedFiles, Listing, Partition, Source } from './activities/sources/source.js';
export type { BlobStore, StoredBlob } from './activities/stores/blob-store.js';
export type { Fleet, FleetLine } from './activities/stores/fleet.js';
export type { Ledger } from './activities/stores/ledger.js';
export type { PredictionLog } from './activities/stores/prediction-log.js';
export type { Registry } from './activities/stores/registry.js';
export type { Endpoint, Target } from './activities/targets/target.js';
export type { Trained, Trainer, TrainingJob } from './activities/trainers/trainer.js';
export type { RegisteredTrainer } from './activities/trainers/trainer-registry.js';
export * from './client.js';
export { dataConverter } from './data-converter.js';
export * from './schemas/index.js';
export type { FeatureRows, Matrix } from './statistics/learners/learner.js';

const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where our workflows and the modules that every workflow shares are, for a bundle built ahead of time. */
export const workflowsPath = own('./workflows/index.js');
export const preloadModules = [own('./schemas/warm.js'), own('./schemas/index.js')];

/**
 * 10,000 signals that came while no worker was there are one task, and on a busy machine a sandbox alone takes seconds; a
 * script that is cut off ends the whole process. The option is not among the documented ones; a host's own value wins.
 */
const patience = { isolateExecutionTimeout: '60 s' };

export interface MlopsPluginOptions {
  /**
   * Opens the stores and targets when the worker starts; closed again when it stops. `openPorts` reads the environment;
   * a host adds or replaces adapters: `async () => ({ ...(await openPorts(process.env)), trainers: [mine] })`.
   */
  readonly ports: () => Promise<Ports>;
  /** false for a Worker that only runs activities, such as one on the compute queue */
  readonly workflows?: boolean;
  /** how long one activity on data may take in all; four hours when absent */
  readonly computeSeconds?: number | undefined;
}

/** Without a sign of progress for so long an activity is given up. */
const silenceMs = 30 * 60_000;
const usualComputeSeconds = 4 * 3600;

/**
 * Gives a host's Worker our activities, data converter and guards; and our workflows, unless the host has its own, which
 * then re-export ours: `export * from 'temporal-mlops/workflows'`.
 */
export class MlopsPlugin extends SimplePlugin {
  readonly #stores: SharedPorts;
  #preflight: (() => Promise<void>) | null = null;

  constructor({ ports, workflows = true, computeSeconds = usualComputeSeconds }: MlopsPluginOptions) {
    const stores = new SharedPorts(ports);
    super({
      name: 'temporal-mlops',
      dataConverter: dataConverter(),
      activities: lazyActivities(stores),
      ...(workflows ? { workflowsPath: (theirs: string | undefined) => theirs ?? workflowsPath } : {}),
      workerInterceptors: {
        activity: [codedErrorsInterceptor, heartbeatInterceptor({ silenceMs, longestMs: computeSeconds * 1000 })],
      },
    });
    this.#stores = stores;
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    if (options.workflowBundle) refuseBundleWithoutOurs(options.workflowBundle);
    const { connection, namespace = 'default' } = options;
    this.#preflight = connection ? () => refuseWithoutSearchAttributes(connection, namespace) : null;
    const configured = { ...patience, ...super.configureWorker(options) };
    if (!options.workflowBundle) return configured;
    return { ...configured, workflowsPath: undefined };
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options);
    return {
      ...configured,
      payloadConverterPath: configured.payloadConverterPath ?? dataConverter().payloadConverterPath,
      preloadModules: [...new Set([...(configured.preloadModules ?? []), ...preloadModules])],
      webpackConfigHook: refuseWithoutOurWorkflows(configured.webpackConfigHook),
    };
  }

  override async runWorker(worker: Worker, next: (w: Worker) => Promise<void>): Promise<void> {
    await this.#preflight?.();
    await this.#stores.open();
    try {
      await super.runWorker(worker, next);
    } finally {
      await this.#stores.close();
    }
  }
}

/** Ports opened by the first of several Workers and closed by the last. */
class SharedPorts {
  #users = 0;
  #opening: Promise<{ ports: Ports; activities: Activities }> | null = null;
  readonly #openPorts: () => Promise<Ports>;

  constructor(openPorts: () => Promise<Ports>) {
    this.#openPorts = openPorts;
  }

  async open(): Promise<Activities> {
    this.#users += 1;
    this.#opening ??= this.#openPorts().then((ports) => ({ ports, activities: createActivities(ports) }));
    return (await this.#opening).activities;
  }

  async activities(): Promise<Activities> {
    if (this.#opening === null)
      throw failure('CONFIGURATION_INVALID', 'The worker is not running: its stores are closed.');
    return (await this.#opening).activities;
  }

  async close(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0 || this.#opening === null) return;
    const { ports } = await this.#opening;
    this.#opening = null;
    await ports.close();
  }
}

/** Registered before the stores are open; each call goes to the real activity. */
function lazyActivities(stores: SharedPorts): object {
  const call = (name: (typeof activityNames)[number]) => async (input: never) =>
    (await stores.activities())[name](input);
  return Object.fromEntries(activityNames.map((name) => [name, call(name)]));
}

async function refuseWithoutSearchAttributes(
  connection: NonNullable<WorkerOptions['connection']>,
  namespace: string,
): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ name, type }) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
  );
  throw failure(
    'SEARCH_ATTRIBUTES_MISSING',
    [`Namespace "${namespace}" lacks search attributes. Create them with:`, ...lines].join('\n'),
  );
}
