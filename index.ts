import { fileURLToPath } from 'node:url';
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, Worker, WorkerOptions } from '@temporalio/worker';
import { type OwnAdapters, refuseWrongAdapters, withOwn } from './activities/host-ports.js';
import { openPorts, readSettings } from './activities/open-ports.js';
import { missingSearchAttributes } from './activities/owner/search-attributes.js';
import type { Ports } from './activities/ports.js';
import { codedErrorsInterceptor } from './activities/processes/coded-errors.js';
import { heartbeatInterceptor } from './activities/processes/heartbeat.js';
import { lazyActivities, SharedPorts } from './activities/shared-ports.js';
import { refuseBundleWithoutOurs, refuseWithoutOurWorkflows } from './bundle-guard.js';
import { dataConverter } from './data-converter.js';
import { failure } from './schemas/index.js';
import { isForWorkflows, withNeededOptions } from './worker-options.js';

export type { Activities } from './activities/activities.js';
export type { Adapter, Place } from './activities/adapter.js';
export type { OwnAdapters, OwnTrainer } from './activities/host-ports.js';
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

export interface MlopsPluginOptions extends OwnAdapters {
  /**
   * Opens the stores and targets when the worker starts; closed again when it stops. `openPorts(environment)` when absent.
   * A host replaces adapters by it: `async () => ({ ...(await openPorts(process.env)), blobs: mine })`. null for a plugin that
   * runs no Worker: it bundles, replays or configures a client, and needs no settings.
   */
  readonly ports?: (() => Promise<Ports>) | null;
  /** The settings when `ports` is absent; looked at at once. `process.env` when absent. */
  readonly environment?: Record<string, string | undefined>;
  /** whether its Workers run our workflows; when absent all do but those on the compute and the urgent queue */
  readonly workflows?: boolean;
  /** how long one activity on data may take in all; MLOPS_COMPUTE_SECONDS, or four hours, when absent */
  readonly computeSeconds?: number | undefined;
}

/** Without a sign of progress for so long an activity is given up. */
const silenceMs = 30 * 60_000;
const usualComputeSeconds = 4 * 3600;

/**
 * Gives a host's Worker our activities, data converter and guards; and our workflows, unless the host has its own, which
 * then re-export ours: `export * from 'temporal-mlops/workflows'`. Wrong settings are an error at once.
 */
export class MlopsPlugin extends SimplePlugin {
  readonly #stores: SharedPorts | null;
  readonly #workflows: boolean | undefined;
  #preflight: (() => Promise<void>) | null = null;

  constructor(options: MlopsPluginOptions = {}) {
    refuseWrongAdapters(options);
    const { openStores, computeSeconds } = settingsOf(options);
    const stores = openStores === null ? null : new SharedPorts(openStores);
    super({
      name: 'temporal-mlops.MlopsPlugin',
      dataConverter: dataConverter(),
      ...(stores === null ? {} : { activities: lazyActivities(stores) }),
      workflowsPath: (theirs: string | undefined) => theirs ?? workflowsPath,
      workerInterceptors: {
        activity: [codedErrorsInterceptor, heartbeatInterceptor({ silenceMs, longestMs: computeSeconds * 1000 })],
      },
    });
    this.#stores = stores;
    this.#workflows = options.workflows;
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    this.#opened();
    const { connection, namespace = 'default', taskQueue, workflowBundle, workflowsPath: theirs } = options;
    if (workflowBundle) refuseBundleWithoutOurs(workflowBundle);
    this.#preflight = connection ? () => refuseWithoutSearchAttributes(connection, namespace) : null;
    const isOurs = this.#workflows ?? isForWorkflows(taskQueue);
    const runsWorkflows = isOurs || theirs !== undefined || workflowBundle !== undefined;
    const configured = withNeededOptions(super.configureWorker(options), runsWorkflows);
    return workflowBundle || !runsWorkflows ? { ...configured, workflowsPath: undefined } : configured;
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
    const stores = this.#opened();
    await this.#preflight?.();
    await stores.open();
    try {
      await super.runWorker(worker, next);
    } finally {
      await stores.close();
    }
  }

  #opened(): SharedPorts {
    if (this.#stores !== null) return this.#stores;
    throw failure(
      'CONFIGURATION_INVALID',
      'A plugin with "ports: null" runs no Worker: leave "ports" out, or give them.',
    );
  }
}

interface PluginSettings {
  readonly openStores: (() => Promise<Ports>) | null;
  readonly computeSeconds: number;
}

function settingsOf(options: MlopsPluginOptions): PluginSettings {
  const { ports, environment = process.env, computeSeconds = usualComputeSeconds } = options;
  if (ports === null) return { openStores: null, computeSeconds };
  if (ports !== undefined) return { openStores: async () => withOwn(await ports(), options), computeSeconds };
  const { MLOPS_COMPUTE_SECONDS: seconds = usualComputeSeconds } = readSettings(environment);
  return {
    openStores: async () => withOwn(await openPorts(environment), options),
    computeSeconds: options.computeSeconds ?? seconds,
  };
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
