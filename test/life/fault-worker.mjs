import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { MlopsPlugin, openPorts, readConfiguration, taskQueues } from 'temporal-mlops';
import { migrate } from '../../dist/activities/stores/postgres/migrate.js';

/*
 * The ready-made worker, which kills itself where FAULT_PLAN says so: `<activity>#<nth call>:<phase>`, several with commas.
 * A call whose worker was killed elsewhere is made anew, and counts as the next one: then that is struck.
 * before: ahead of the activity's work · afterBlob: right after its first blob · afterCommit: right after its first fact is
 * committed · after: its work is done and Temporal does not know. Each happens once; a file says which did.
 * FAULT_SIGNAL=SIGSTOP makes a zombie of it instead. With WITHOUT_COMPUTE nobody does work on data: stages go on and on.
 */
const { FAULT_PLAN = '', FAULT_SIGNAL = 'SIGKILL', MLOPS_WORK_DIRECTORY = '', WITHOUT_COMPUTE } = process.env;
const folder = join(MLOPS_WORK_DIRECTORY, 'faults');
const plans = FAULT_PLAN.split(',').filter((plan) => plan !== '');
const parsed = plans.map((name) => {
  const [, activity, number, at] = /^(\w+)#(\d+):(\w+)$/.exec(name);
  return { name, activity, number: Number(number), at };
});
const calls = new AsyncLocalStorage();

function strike(phase) {
  const call = calls.getStore();
  if (call === undefined) return;
  const isDue = ({ activity, number, at }) => activity === call.activity && at === phase && number <= call.number;
  if (parsed.some((plan) => isDue(plan) && isFirstTime(plan.name))) process.kill(process.pid, FAULT_SIGNAL);
}

function isFirstTime(plan) {
  try {
    writeFileSync(join(folder, plan), '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** The how-manieth call of an activity it is, whatever the attempt and the process. */
function numberOf({ activityType, activityId, workflowExecution }) {
  const file = join(folder, `calls of ${activityType}`);
  const call = `${workflowExecution.runId}/${activityId}`;
  const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  if (!known.includes(call)) appendFileSync(file, `${call}\n`);
  return known.includes(call) ? known.indexOf(call) + 1 : Math.max(1, known.length);
}

const killer = (context) => ({
  inbound: {
    execute(input, next) {
      const call = { activity: context.info.activityType, number: numberOf(context.info) };
      return calls.run(call, async () => {
        strike('before');
        const result = await next(input);
        strike('after');
        return result;
      });
    },
  },
});

/** The real port; strikes after the methods that are named. */
function striking(port, names, phase) {
  const after =
    (method) =>
    async (...given) => {
      const answer = await method(...given);
      strike(phase);
      return answer;
    };
  return { ...port, ...Object.fromEntries(names.map((name) => [name, after(port[name])])) };
}

async function ports() {
  const real = await openPorts(process.env);
  return {
    ...real,
    blobs: striking(real.blobs, ['put'], 'afterBlob'),
    ledger: striking(real.ledger, ['append', 'appendAll'], 'afterCommit'),
    predictions: striking(real.predictions, ['appendSegment', 'recordOutcomes'], 'afterCommit'),
    fleet: striking(real.fleet, ['record'], 'afterCommit'),
  };
}

async function main() {
  mkdirSync(folder, { recursive: true });
  Runtime.install({ logger: new DefaultLogger('WARN') });
  await migrate(readConfiguration(process.env).DATABASE_URL);
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const common = { connection, namespace, interceptors: { activity: [killer] }, shutdownForceTime: '5 s' };
  const beside = (taskQueue) =>
    Worker.create({ ...common, plugins: [new MlopsPlugin({ ports, workflows: false })], taskQueue });
  const workers = await Promise.all([
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports })],
      taskQueue: taskQueues.orchestration,
      workflowBundle: { codePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)) },
      stickyQueueScheduleToStartTimeout: '1 s',
    }),
    beside(taskQueues.urgent),
    ...(WITHOUT_COMPUTE === undefined ? [beside(taskQueues.compute)] : []),
  ]);
  await Promise.all(workers.map((worker) => worker.run()));
}

await main();
