import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { LifecycleClient } from '../../client.js';
import { failure, workflowTypes } from '../../schemas/index.js';
import { plainly } from '../cli/command.js';
import { type TemporalConnection, withStores, withTemporal } from '../cli/connect.js';
import { fleetText, type ShownLine } from '../cli/fleet-text.js';
import { statusText } from '../cli/status-text.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'status [<model>]';

export const verb: Verb = {
  name: 'status',
  summary: 'where every model stands; with a model, everything about it and the lines that answer what waits',
  usage,
  run: (call) => (call.positionals.length > 0 ? withTemporal((temporal) => one(call, temporal)) : all(call)),
};

async function one({ positionals, json }: VerbCall, { client }: TemporalConnection): Promise<number> {
  const [model, ...more] = positionals;
  if (model === undefined || more.length > 0) throw failure('InvalidInput', `Usage: temporal-mlops ${usage}`);
  const asked = new LifecycleClient(client, model).status({ timeoutMs: 15_000 });
  const status = await asked.catch((error: unknown) => {
    throw plainly(model, error);
  });
  console.log(json ? JSON.stringify(status) : statusText(status));
  return 0;
}

/** One question to Postgres shows them all; Temporal says which of them still run, and is not waited for if it is away. */
async function all({ json }: VerbCall): Promise<number> {
  const told = await withStores(({ fleet }) => fleet.all());
  const owners = new Set(told.map(({ owner }) => owner));
  const running = await withTemporal(({ client }) => runningOf(client, owners)).catch(() => null);
  const lines = [
    ...told.map((line): ShownLine => ({ ...line, running: running?.has(line.owner) ?? null })),
    ...[...(running ?? [])].filter((owner) => !owners.has(owner)).map(untold),
  ];
  console.log(json ? JSON.stringify(lines) : fleetText(lines));
  return 0;
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
  waitsFor: null,
  waitsSince: null,
  owner,
  stage: 'unknown',
  paused: false,
  problem: null,
  running: true,
  ageSeconds: null,
});
