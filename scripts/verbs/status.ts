import type { Client } from '@temporalio/client';
import { LifecycleClient } from '../../client.js';
import { failure, type LifecycleStatus, workflowTypes } from '../../schemas/index.js';
import { plainly } from '../cli/command.js';
import { type TemporalConnection, withTemporal } from '../cli/connect.js';
import { statusText } from '../cli/status-text.js';
import { columns } from '../cli/text-columns.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'status [<model>]';

export const verb: Verb = {
  name: 'status',
  summary: 'where every model stands; with a model, everything about it and the lines that answer what waits',
  usage,
  run: (call) => withTemporal((temporal) => (call.positionals.length > 0 ? one(call, temporal) : all(call, temporal))),
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

interface Row {
  readonly model: string;
  readonly stage: string;
  readonly endpoints: { environment: string; serving: number | null }[];
  readonly waiting: string[];
}

/** Newest first, as visibility lists them; a lifecycle whose worker does not answer is shown as such. */
async function all({ json }: VerbCall, { client }: TemporalConnection): Promise<number> {
  const rows: Row[] = [];
  for (const model of await running(client)) {
    const status = await new LifecycleClient(client, model).status().catch(() => null);
    rows.push(status === null ? silent(model) : rowOf(status));
  }
  if (json) console.log(JSON.stringify(rows));
  else
    console.log(
      rows.length > 0 ? table(rows) : 'No lifecycle runs. Start one with: temporal-mlops schema modelLifecycle',
    );
  return 0;
}

async function running(client: Client): Promise<string[]> {
  const models: string[] = [];
  const query = `WorkflowType = '${workflowTypes.lifecycle}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query }))
    models.push(workflowId.replace(/^lifecycle\//, ''));
  return models;
}

const silent = (model: string): Row => ({ model, stage: 'no worker answers', endpoints: [], waiting: [] });

function rowOf(status: LifecycleStatus): Row {
  return {
    model: status.model,
    stage: status.stage,
    endpoints: status.endpoints.map((e) => ({
      environment: e.environment,
      serving: e.routes.current?.version ?? null,
    })),
    waiting: status.waitingFor.map((gate) => `version ${gate.version} for ${gate.environment}`),
  };
}

function table(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ model, stage, endpoints, waiting }) => {
    const places = endpoints.length > 0 ? endpoints : [{ environment: '–', serving: null }];
    return places.map(({ environment, serving }, i) => {
      const version = serving === null ? '–' : String(serving);
      return i === 0 ? [model, stage, environment, version, waiting.join(', ')] : ['', '', environment, version, ''];
    });
  });
  return columns([['MODEL', 'STAGE', 'ENVIRONMENT', 'SERVES', 'WAITING FOR APPROVAL'], ...lines]);
}
