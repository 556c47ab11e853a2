import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { FleetLine } from '../../activities/stores/fleet.js';
import { LifecycleClient } from '../../client.js';
import { errorCode, failure, readConfiguration, workflowTypes } from '../../schemas/index.js';
import { misused } from '../cli/arguments.js';
import { plainly } from '../cli/command.js';
import { type TemporalConnection, withStores, withTemporal } from '../cli/connect.js';
import { failingInWords, longFailing, runningWorkflows } from '../cli/failing-work.js';
import { fleetText, ledgerAway, type ShownFleet, type ShownLine } from '../cli/fleet-text.js';
import { print, printError } from '../cli/print.js';
import { statusText } from '../cli/status-text.js';
import type { Verb, VerbCall } from '../cli/verb.js';
import { watch } from '../cli/watch.js';
import { isPolled, ownQueues } from '../cli/worker-polls.js';

const usage = 'status [<model>] [--all] [--watch]';

export const verb: Verb = {
  name: 'status',
  summary: 'where every model stands; with a model, everything about it and the lines that answer what waits',
  usage,
  options: {
    all: { type: 'boolean', words: 'retired lifecycles too' },
    watch: { type: 'boolean', short: 'w', words: 'show it again whenever it changed, until Ctrl-C' },
  },
  run(call) {
    const [model, ...more] = call.positionals;
    if (more.length > 0) throw misused(usage);
    return shownOnce(call, model === undefined ? () => all(call) : () => one(call, model));
  },
};

async function shownOnce({ values }: VerbCall, look: () => Promise<string>): Promise<number> {
  if (values['watch'] === true) return watch(look);
  print(await look());
  return 0;
}

function one({ json }: VerbCall, model: string): Promise<string> {
  return withTemporal(async ({ client }) => {
    const asked = new LifecycleClient(client, model).status({ timeoutMs: 15_000 });
    const status = await asked.catch(async (error: unknown) => {
      throw await withFailing(client, model, await plainly(client, model, error));
    });
    return json ? JSON.stringify(status) : [statusText(status), ...(await failingWorkOf(client, model))].join('\n\n');
  });
}

/** A model may have no lifecycle yet, and a stage that runs alone and does not go on. */
async function withFailing(client: Client, model: string, error: unknown): Promise<unknown> {
  const failing = errorCode(error) === 'NOT_FOUND' ? await failingWorkOf(client, model) : [];
  if (failing.length === 0) return error;
  return failure('NOT_FOUND', [(error as Error).message, ...failing].join('\n'), { model });
}

/** What its stages wait for, whoever began them; nothing where Temporal's list does not answer. */
async function failingWorkOf(client: Client, model: string): Promise<string[]> {
  try {
    const running = await runningWorkflows(client, (id) => id.split('/')[1] === model && !id.startsWith('lifecycle/'));
    const failing = await longFailing(client, running);
    return failing.length === 0 ? [] : [['Tried again and again:', ...failing.map(failingInWords)].join('\n  ')];
  } catch {
    return [];
  }
}

/**
 * One question to Postgres shows them all; Temporal says which of them still run, and whether a worker answers. Either may
 * be away; if both are, that is the failure.
 */
async function all({ json, values }: VerbCall): Promise<string> {
  const told = await toldLines();
  const seen = await withTemporal((temporal) =>
    look(temporal, ownersOf((told ?? []).filter((line) => !isRetired(line)))),
  ).catch((error: unknown) => {
    if (told === null) throw error;
    return null;
  });
  const fleet = shown({ told, seen, withRetired: values['all'] === true });
  if (json && !fleet.isTold) printError(ledgerAway);
  const { lines, isPolled: polled } = fleet;
  return json ? JSON.stringify(lines.map((line) => ({ ...line, polled }))) : fleetText(fleet);
}

/** null where Postgres does not answer, or refuses us. */
async function toldLines(): Promise<FleetLine[] | null> {
  readConfiguration(process.env);
  return withStores(({ fleet }) => fleet.all()).catch((error: unknown) => {
    const code = errorCode(error);
    if (code === 'LEDGER_UNAVAILABLE' || code === 'CONFIGURATION_INVALID') return null;
    throw error;
  });
}

const isRetired = ({ stage }: Pick<FleetLine, 'stage'>): boolean => stage === 'retired';

const ownersOf = (lines: readonly FleetLine[]): Set<string> => new Set(lines.map(({ owner }) => owner));

interface Found {
  /** null where Postgres does not answer */
  readonly told: readonly FleetLine[] | null;
  /** null where Temporal does not answer */
  readonly seen: Seen | null;
  readonly withRetired: boolean;
}

/** A retired lifecycle whose id runs again is shown: the new one has told nothing yet. */
export function shown({ told, seen, withRetired }: Found): ShownFleet {
  const known = (told ?? []).map((line): ShownLine => ({ ...line, running: seen?.running.has(line.owner) ?? null }));
  const lines = known.filter((line) => withRetired || line.running === true || !isRetired(line));
  const owners = ownersOf(told ?? []);
  const others = [...(seen?.running ?? [])].filter((owner) => !owners.has(owner)).map(untold);
  const retired = owners.size - new Set(lines.map(({ owner }) => owner)).size;
  const { isPolled: polled = null, unpolled = [] } = seen ?? {};
  return { lines: [...lines, ...others], retired, isTold: told !== null, isPolled: polled, unpolled };
}

interface Seen {
  /** ids of the lifecycles that run */
  readonly running: ReadonlySet<string>;
  readonly isPolled: boolean;
  /** queues that nobody asks for activities */
  readonly unpolled?: readonly string[];
}

async function look(temporal: TemporalConnection, owners: ReadonlySet<string>): Promise<Seen> {
  const polled = isPolled(temporal, ownQueues().orchestration);
  const [running, isAnswered] = await Promise.all([runningOf(temporal.client, owners), polled]);
  return { running, isPolled: isAnswered, unpolled: isAnswered ? await unpolledQueues(temporal) : [] };
}

/** A queue that nobody asks for workflow tasks is told by itself. */
async function unpolledQueues(temporal: TemporalConnection): Promise<string[]> {
  const queues = Object.values(ownQueues());
  const polled = await Promise.all(queues.map((queue) => isPolled(temporal, queue, 'activity')));
  return queues.filter((_, i) => !polled[i]);
}

/** The list of workflows comes to know of a start or an end late: owners that it leaves out are asked for one by one. */
async function runningOf(client: Client, owners: ReadonlySet<string>): Promise<Set<string>> {
  const running = new Set<string>();
  const query = `WorkflowType = '${workflowTypes.lifecycle}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) running.add(workflowId);
  const unlisted = [...owners].filter((owner) => !running.has(owner));
  for (const owner of unlisted) if (await isRunning(client, owner)) running.add(owner);
  return running;
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A lifecycle that runs and has told nothing: Postgres was away since it began. */
const untold = (owner: string): ShownLine => ({
  model: owner.replace(/^lifecycle\//, ''),
  environment: null,
  version: null,
  verdict: null,
  verdictSince: null,
  quality: null,
  predictions: null,
  dataUntil: null,
  waitsFor: null,
  waitsSince: null,
  owner,
  stage: 'unknown',
  paused: false,
  problem: null,
  running: true,
  ageSeconds: null,
});
