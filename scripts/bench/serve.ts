import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childEntry } from '../../activities/processes/child-process.js';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import { freePort } from '../servers/free-port.js';
import { waitUntilReady } from '../servers/ready.js';
import { startChild } from '../servers/server-process.js';
import type { Bench, Measured } from './bench.js';
import { benchModel, putBenchModel, requestBodies } from './bench-model.js';
import type { Answers, Load } from './load-generator.js';
import { inPlace, type Place } from './place.js';
import { portsEnvironment } from './ports-environment.js';
import { alternate, rounded, spread } from './rounds.js';

const pairs = 7;
const connections = 16;
const endpoint = { model: 'bench', environment: 'production' };

/**
 * Single rows, both servers one serving process. Ours does everything it always does: checks, headers, metrics, and a
 * prediction log that ends in Postgres.
 */
export const bench: Bench = (log) => inPlace((place) => measure(place, log));

async function measure(place: Place, log: (line: string) => void): Promise<Measured> {
  const bodiesFile = join(place.folder, 'bodies.json');
  writeFileSync(bodiesFile, JSON.stringify(requestBodies(256)));
  const [ours, bare] = [await startOurs(place), await startBare(place)];
  const path = `/v2/models/${endpoint.model}/infer`;
  const ask = (port: number) => generate({ port, path, bodiesFile, connections, warmUpSeconds: 1, seconds: 3 });
  const askOurs = async () => {
    const answers = await ask(ours);
    await logShipped(ours);
    return answers;
  };
  log(`${pairs} pairs of 3 s, ${connections} connections …`);
  await Promise.all([ask(ours), ask(bare)]);
  await logShipped(ours);
  return result(await alternate(pairs, { ours: askOurs, bare: () => ask(bare) }));
}

function result(rounds: readonly { ours: Answers; bare: Answers }[]): Measured {
  const refused = rounds.reduce((sum, { ours, bare }) => sum + ours.refused + bare.refused, 0);
  if (refused > 0) throw new Error(`${refused} requests were not answered with 200.`);
  const ratio = spread(rounds.map(({ ours, bare }) => ours.requestsPerSecond / bare.requestsPerSecond));
  const of = (side: 'ours' | 'bare', figure: keyof Answers, digits = 3) =>
    spread(
      rounds.map((round) => round[side][figure]),
      digits,
    );
  return {
    figures: {
      pairs,
      connections,
      oursRequestsPerSecond: of('ours', 'requestsPerSecond', 0),
      bareRequestsPerSecond: of('bare', 'requestsPerSecond', 0),
      oursP50Milliseconds: of('ours', 'p50Milliseconds'),
      bareP50Milliseconds: of('bare', 'p50Milliseconds'),
      oursP99Milliseconds: of('ours', 'p99Milliseconds'),
      bareP99Milliseconds: of('bare', 'p99Milliseconds'),
      oursGeneratorCpuShare: of('ours', 'generatorCpuShare', 2),
      bareGeneratorCpuShare: of('bare', 'generatorCpuShare', 2),
      vsBareNodeRatio: ratio,
    },
    ratios: { vsBareNode: rounded(ratio.median, 2) },
  };
}

async function generate(load: Load): Promise<Answers> {
  const args = [childEntry('scripts/bench/load-generator.js'), JSON.stringify(load)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  return JSON.parse(stdout) as Answers;
}

/** The public port of our model server, with the model promoted. */
async function startOurs(place: Place): Promise<number> {
  const [port, control, databaseUrl] = await Promise.all([freePort(), freePort(), place.postgres()]);
  await migrate(databaseUrl);
  const environment = portsEnvironment(place, databaseUrl, control);
  const more = { MODEL_SERVER_PORT: String(port), MODEL_SERVER_DRAIN_MS: '0' };
  await startServer(place, 'model-server', {
    args: [childEntry('workers/model-server.js')],
    env: { ...environment, ...more },
    url: `http://127.0.0.1:${port}/v2/health/live`,
  });
  const blobs = openBlobStore(environment.BLOB_URL);
  const version = await putBenchModel(blobs, endpoint.model);
  await blobs.close();
  const target = createModelServerTarget({
    address: environment.MODEL_SERVER_ADDRESS,
    token: environment.MODEL_SERVER_TOKEN,
  });
  await target.load(endpoint, { fence: { generation: 1, step: 0 }, version });
  const routes = { current: version, candidate: null, previous: null };
  await target.setRoutes(endpoint, { fence: { generation: 1, step: 1 }, routes, reason: 'bench' });
  return port;
}

async function startBare(place: Place): Promise<number> {
  const port = await freePort();
  const modelFile = join(place.folder, 'bare-model.onnx');
  writeFileSync(modelFile, benchModel());
  await startServer(place, 'bare', {
    args: [childEntry('scripts/bench/bare-model-server.js'), modelFile, String(port)],
    env: {},
    url: `http://127.0.0.1:${port}`,
  });
  return port;
}

interface Server {
  readonly args: string[];
  readonly env: Record<string, string>;
  /** answers once it is up */
  readonly url: string;
}

async function startServer(place: Place, name: string, { args, env, url }: Server): Promise<void> {
  const logFile = join(place.folder, `${name}.log`);
  const production = { PATH: process.env['PATH'], NODE_ENV: 'production', ...env };
  const child = await startChild({ command: process.execPath, args, env: production, logFile });
  place.atEnd(() => child.stop());
  await waitUntilReady({ name, child, logFile, probe: async () => void (await fetch(url)) });
}

/** What our server logged in its turn must not cost the other side in its. */
async function logShipped(port: number): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const value = (name: string) =>
      Number(new RegExp(`^model_server_predictions_${name}_total (\\d+)`, 'm').exec(metrics)?.[1]);
    if (value('lost') > 0) throw new Error('The model server lost predictions.');
    if (value('shipped') >= value('logged')) return;
    await sleep(200);
  }
}
