import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { dataConverter } from '../../data-converter.js';
import { failure } from '../../schemas/index.js';
import { withStores } from '../cli/connect.js';
import { ancestors, tree } from '../cli/lineage-tree.js';
import type { Verb } from '../cli/verb.js';
import { verifiedInWords, verifyLedger } from '../cli/verify-ledger.js';
import { Flights, flightsFolder } from '../quickstart/flights.js';
import { Progress } from '../quickstart/progress.js';
import { Replay } from '../quickstart/replay.js';
import { type Told, tellStory } from '../quickstart/story.js';
import { model } from '../quickstart/story-tools.js';
import { type Summary, summarize, summaryTable } from '../quickstart/summary.js';
import { TemporalCommand } from '../quickstart/temporal-command.js';
import { root } from '../servers/clone-root.js';
import { type Stack, startStack } from '../servers/stack.js';
import { findTemporalCli } from '../servers/temporal-cli.js';

const directory = join(root, '.mlops', 'quickstart');

export const verb: Verb = {
  name: 'quickstart',
  summary: "a model's whole life on real flights, on this machine",
  usage: 'quickstart [--exit] [--json FILE]',
  options: {
    exit: { type: 'boolean', short: 'e', words: 'stop everything when the story is told' },
    json: { type: 'string', value: '<file>', words: 'write the summary there' },
  },
  async run({ values }) {
    requireFlights();
    rmSync(directory, { recursive: true, force: true });
    const progress = new Progress((line) => console.log(line));
    progress.step('start Temporal, Postgres, a worker and a model server');
    const environment = { MODEL_SERVER_LOG_ROTATE_MS: '2000' }; // a day of the replay takes seconds, not a day
    const stack = await startStack({ directory, environment, log: (line) => progress.say(line) });
    const interrupted = whenInterrupted();
    try {
      progress.done('start');
      const summary = await Promise.race([live(stack, progress), interrupted]);
      if (summary === null) return 130;
      if (typeof values['json'] === 'string') writeFileSync(values['json'], `${JSON.stringify(summary, null, 2)}\n`);
      if (values['exit'] !== true && process.stdout.isTTY) await stayUp(interrupted);
      return summary.verify.ok ? 0 : 1;
    } finally {
      console.log('\nstopping everything …');
      await stack.stop();
    }
  },
};

/** The real flights come with the clone's packages, not with ours. */
function requireFlights(): void {
  if (existsSync(join(root, flightsFolder))) return;
  throw failure('CONFIGURATION_INVALID', 'The quickstart runs in a clone of the repository: npm run quickstart');
}

async function live(stack: Stack, progress: Progress): Promise<Summary> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const pool = new pg.Pool({ connectionString: stack.environment['DATABASE_URL'], max: 2 });
  const flights = new Flights(root);
  const replay = new Replay(stack.serverUrl, model);
  const logged = async (day: string) =>
    Number(
      (await pool.query(`select count(*) from v_prediction_log where request_id like $1`, [`${day}%`])).rows[0].count,
    );
  try {
    const told = await tellStory({
      client: new Client({ connection, dataConverter: dataConverter() }),
      temporal: new TemporalCommand(await findTemporalCli({ log: () => {} }), stack.environment, (line) =>
        progress.say(line),
      ),
      flights,
      replay,
      progress,
      logged,
      specification: join(root, 'examples/flight-delay/lifecycle.json'),
    });
    if (replay.firstFailure) progress.say(`the first request that failed: ${replay.firstFailure}`);
    return await conclude(stack, progress, { told, pool, replay });
  } finally {
    replay.close();
    flights.close();
    await pool.end();
    await connection.close();
  }
}

/** Lineage of one prediction, the check of everything, the table. */
async function conclude(
  stack: Stack,
  progress: Progress,
  { told, pool, replay }: { told: Told; pool: pg.Pool; replay: Replay },
): Promise<Summary> {
  return withStores(async (stores) => {
    const { ledger, blobs } = stores;
    progress.step(`what made prediction "${told.oneRequest}"? (temporal-mlops lineage ${told.oneRequest})`);
    const lineage = await ledger.lineage(told.oneRequest);
    for (const line of tree(lineage).split('\n')) progress.say(line);
    progress.step('verify the ledger and every blob (temporal-mlops verify)');
    const check = await verifyLedger(stores);
    for (const line of verifiedInWords(check).split('\n')) progress.say(line);
    progress.done('verify');
    const html = told.windows.at(-1)?.report?.htmlDigest;
    const reportFile = join(directory, 'last-monitor-report.html');
    if (html) await blobs.download(html, reportFile);
    const parts = {
      model,
      told,
      requests: { sent: replay.sent, failed: replay.failed },
      lineage: ancestors(lineage),
      verified: check.ok,
      temporalUi: `${stack.uiUrl}/namespaces/default/workflows`,
      reportFile,
      seconds: { ...progress.seconds, total: progress.total() },
    };
    const summary = await summarize(pool, parts);
    console.log(`\n${summaryTable(summary)}`);
    return summary;
  }, stack.environment);
}

async function stayUp(interrupted: Promise<null>): Promise<void> {
  console.log('\nEverything stays up for you to look at. Ctrl-C stops it.');
  await interrupted;
}

function whenInterrupted(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(null));
  });
}
