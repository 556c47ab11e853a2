import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../schemas/index.js';
import { mutatedBundle } from './mutated-bundle.js';
import { packageOf } from './small-stack.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'test', 'histories');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface Recorded {
  readonly workflowId: string;
  readonly type: string;
  readonly history: unknown;
}
interface RecordedEvent {
  readonly workflowExecutionStartedEventAttributes: { workflowId: string; workflowType: { name: string } };
}

function read(name: string): Recorded {
  const json = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { events: RecordedEvent[] };
  const { workflowId, workflowType } = json.events[0]!.workflowExecutionStartedEventAttributes;
  return { workflowId, type: workflowType.name, history: historyOf(json) };
}

/**
 * As `historyFromJSON` of the SDK, but with the copy of protobufjs that the SDK's messages are made with: where npm
 * installs several, that function refuses every history.
 */
function historyOf(json: object): unknown {
  const inProto = createRequire(createRequire(import.meta.url).resolve('@temporalio/proto'));
  const { patchProtobufRoot } = inProto('./../lib/patch-protobuf-root.js');
  const historyType = patchProtobufRoot(inProto('@temporalio/proto')).lookupType('temporal.api.history.v1.History');
  return inProto('protobufjs/ext/protojson').fromJson(historyType, json, { ignoreUnknownFields: true });
}

let dataConverter: ReplayWorkerOptions['dataConverter'];
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  dataConverter = (await packageOf()).dataConverter();
});

const replay = ({ history, workflowId }: Recorded, workflowBundle: ReplayWorkerOptions['workflowBundle']) =>
  Worker.runReplayHistory({ workflowBundle, dataConverter }, history, workflowId);

describe('recorded histories', () => {
  it('show every workflow', () => {
    const workflows = Object.entries(registry).filter(([, entry]) => entry.kind === 'workflow');
    expect(new Set(names.map((name) => read(name).type))).toEqual(new Set(workflows.map(([type]) => type)));
  });

  it('name no machine', () => {
    for (const name of names)
      expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/"identity":"[^"]|\/tmp\/|\/home\//);
  });

  it.each(names)('%s replays with the workflows that workers run', async (name) => {
    await replay(read(name), { codePath: join(root, 'dist', 'workflow-bundle.js') });
  });
});

/** Each swaps two activities in the compiled workflows; a history that this would break. */
const mutations = [
  ['train.js', 'planTraining', 'chooseBestRun', 'train-two-trials.json'],
  ['deploy.js', 'findVersion', 'loadVersion', 'deploy-candidate-promoted.json'],
  ['lifecycle/reconcile/servers.js', 'observeEndpoint', 'pushRoutes', 'lifecycle-at-approval.json'],
] as const;

describe('a replay notices', () => {
  it('activities that were swapped, in each of three workflows', async () => {
    const workflowBundle = await mutatedBundle(mutations.map(([file, one, other]) => [file, one, other]));
    for (const [, , , history] of mutations)
      await expect(replay(read(history), workflowBundle)).rejects.toThrow(/determinis/i);
    await replay(read('collect-version.json'), workflowBundle);
  });
});
