import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../schemas/index.js';
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
  ['deploy.js', 'findVersion', 'loadVersion', 'deploy-canary-promoted.json'],
  ['lifecycle-servers.js', 'meetEndpoint', 'pushRoutes', 'lifecycle-at-approval.json'],
] as const;

describe('a replay notices', () => {
  let copy: string;
  beforeAll(() => {
    mkdirSync(join(root, '.mlops'), { recursive: true });
    copy = mkdtempSync(join(root, '.mlops', 'mutated-'));
    for (const room of ['schemas', 'statistics', 'workflows'])
      cpSync(join(root, 'dist', room), join(copy, room), { recursive: true });
    for (const [file, one, other] of mutations) swap(join(copy, 'workflows', file), one, other);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('activities that were swapped, in each of three workflows', async () => {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: join(copy, 'workflows', 'index.js'),
      payloadConverterPath: join(copy, 'workflows', 'payload-converter.js'),
      preloadModules: ['warm', 'index'].map((name) => join(copy, 'schemas', `${name}.js`)),
      logger: new DefaultLogger('ERROR'),
    });
    for (const [, , , history] of mutations)
      await expect(replay(read(history), workflowBundle)).rejects.toThrow(/determinis/i);
    await replay(read('collect-version.json'), workflowBundle);
  });
});

function swap(path: string, one: string, other: string): void {
  const code = readFileSync(path, 'utf8');
  const swapped = code.replace(new RegExp(`\\.(${one}|${other})\\b`, 'g'), (_, name) =>
    name === one ? `.${other}` : `.${one}`,
  );
  if (swapped === code) throw new Error(`${path} calls neither ${one} nor ${other}`);
  writeFileSync(path, swapped);
}
