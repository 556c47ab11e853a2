import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleClient } from '../../client.js';
import type { LifecycleStatus, MonitorResult } from '../../schemas/index.js';
import { workflowIds } from '../../schemas/index.js';
import { liveThroughApril } from './april.js';
import type { Flight } from './flights.js';
import type { Answered } from './replay.js';
import { environment, model, type StoryTools } from './story-tools.js';
import { follow, until } from './wait.js';

const by = 'you@example.com';
const canary = { share: 0.2, duration: '5 seconds', minRequests: 50 };

export interface Told {
  readonly windows: MonitorResult[];
  readonly retrain: { outcome: string; reason: string };
  readonly rollback: { toVersion: number | null; seconds: number };
  readonly oneRequest: string;
}

/** The whole life, in order. What comes out is told as it is; nothing here decides how it ends. */
export async function tellStory(tools: StoryTools): Promise<Told> {
  const life = new LifecycleClient(tools.client, model);
  await makeFirstModel(tools, life);
  await withLiveTraffic(tools, '2001-03-31', () => approveWaiting(tools, life, 'deploy'));
  const windows = await liveThroughApril(tools);
  const retrain = await retrainAndDeploy(tools, life);
  const rollback = await rollBack(tools, life);
  const oneRequest = await lastRequest(tools);
  return { windows, retrain, rollback, oneRequest };
}

async function makeFirstModel({ temporal, progress, specification }: StoryTools, life: LifecycleClient): Promise<void> {
  progress.step('collect January and February 2001, label, train, package');
  await temporal.start('modelLifecycle', workflowIds.lifecycle(model), specification);
  await follow(life, progress, (s) => s.waitingFor.length > 0);
  progress.done('firstModel');
}

async function approveWaiting(
  { temporal, progress }: StoryTools,
  life: LifecycleClient,
  stepName: string,
): Promise<void> {
  const [gate] = (await life.status()).waitingFor;
  if (!gate) return;
  progress.step(`version ${gate.version} waits for approval: a person answers, through the Temporal CLI`);
  await temporal.signal(life.workflowId, 'approve', { by, version: gate.version, comment: 'quickstart' });
  await follow(
    life,
    progress,
    (s) => serving(s) === gate.version || (s.endpoints.every((e) => e.rollout === null) && s.waitingFor.length === 0),
  );
  progress.done(stepName);
}

const serving = (s: LifecycleStatus) =>
  s.endpoints.find((e) => e.environment === environment && e.pushed)?.routes.current?.version ?? null;

async function retrainAndDeploy(tools: StoryTools, life: LifecycleClient): Promise<Told['retrain']> {
  const { temporal, progress } = tools;
  progress.step('retrain with data up to 18 April; challenger and champion are compared on 21–30 April');
  await temporal.signal(life.workflowId, 'retrain', { by, reason: 'monthly refresh after the April reports' });
  const ended = (s: LifecycleStatus) =>
    s.history.some((h) => h.what.startsWith('retraining ') && !h.what.startsWith('retraining asked'));
  await follow(life, progress, (s) => s.waitingFor.length > 0 || ended(s));
  progress.done('retrain');
  await withLiveTraffic(tools, '2001-05-01', () => approveWaiting(tools, life, 'deployChallenger'));
  await follow(life, progress, ended);
  const line = (await life.status()).history.filter((h) => h.what.startsWith('retraining ')).at(-1)?.what ?? '';
  const [, outcome = 'kept', reason = ''] = /^retraining (\w+): (.*)$/s.exec(line) ?? [];
  if (outcome === 'kept') await overrule(tools, life);
  return { outcome, reason };
}

/** The comparison kept the champion. So that the rest can be shown all the same, a person deploys the challenger. */
async function overrule(tools: StoryTools, life: LifecycleClient): Promise<void> {
  const { temporal, progress } = tools;
  progress.step('the challenger did not win; a person deploys it all the same, to show a canary and a rollback');
  await temporal.start('deployModel', workflowIds.deploy(model, environment), { model, environment, canary });
  await follow(life, progress, (s) => s.waitingFor.length > 0);
  await withLiveTraffic(tools, '2001-05-01', () => approveWaiting(tools, life, 'deployChallenger'));
}

/** A candidate is judged by real answers, so the flights of a day keep asking while it is watched. */
async function withLiveTraffic(
  { flights, replay }: StoryTools,
  day: string,
  during: () => Promise<void>,
): Promise<void> {
  const asking = await flights.ofDay(day, 4000);
  let over = false;
  const ask = async () => {
    for (let i = 0; !over; i = (i + 1) % asking.length) {
      if (await replay.isReady()) await replay.ask(asking[i] as Flight, `${day}-live-${replay.sent}`);
      await sleep(5);
    }
  };
  const traffic = ask();
  await during().finally(() => {
    over = true;
  });
  await traffic;
}

async function rollBack(tools: StoryTools, life: LifecycleClient): Promise<Told['rollback']> {
  const { temporal, progress, replay, flights } = tools;
  const from = serving(await life.status());
  progress.step(`roll back from version ${from ?? '–'} by signal`);
  const [flight] = await flights.ofDay('2001-05-02', 1);
  const began = performance.now();
  await temporal.signal(life.workflowId, 'rollback', { by, reason: 'quickstart: the old version answers again' });
  let answer: Answered | null = null;
  const moved = await until(
    async () => {
      answer = await replay.ask(flight as Flight, `rollback-${replay.sent}`);
      return answer !== null && answer.version !== from;
    },
    'the old version to answer',
    20_000,
  ).then(
    () => true,
    () => false,
  );
  progress.done('rollback');
  const seconds = Math.round(performance.now() - began) / 1000;
  const version = (answer as Answered | null)?.version ?? null;
  progress.say(
    moved
      ? `version ${version} answers again, ${seconds} s after the signal`
      : `version ${version} still answers: ${(await life.status()).history.at(-1)?.what ?? ''}`,
  );
  return { toVersion: moved ? version : null, seconds };
}

/** A prediction whose lineage is shown, asked once the old version is back. */
async function lastRequest({ replay, flights, logged }: StoryTools): Promise<string> {
  const [flight] = await flights.ofDay('2001-05-03', 1);
  const answer = await replay.ask(flight as Flight, '2001-05-03-one-prediction');
  await until(async () => (await logged('2001-05-03')) > 0, 'the last prediction in the ledger');
  return answer?.requestId ?? '';
}
