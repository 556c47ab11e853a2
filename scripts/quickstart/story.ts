import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { LifecycleClient } from '../../client.js';
import type { LifecycleStatus, MonitorResult } from '../../schemas/index.js';
import { workflowIds } from '../../schemas/index.js';
import type { Flight, Flights } from './flights.js';
import type { Progress } from './progress.js';
import type { Answered, Replay } from './replay.js';
import type { TemporalCommand } from './temporal-command.js';

export const model = 'flight-delay';
const environment = 'production';
const by = 'you@example.com';
const canary = { share: 0.2, duration: '5 seconds', minRequests: 50 };
/** just above the monitor's minRows, so that each day gets a verdict */
const flightsPerDay = 1100;

export interface StoryTools {
  readonly client: Client;
  readonly temporal: TemporalCommand;
  readonly flights: Flights;
  readonly replay: Replay;
  readonly progress: Progress;
  /** how many predictions of a data day the ledger has */
  readonly logged: (day: string) => Promise<number>;
  readonly specification: string;
}

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

/** April, day by day: flights ask, outcomes follow, and the monitor looks at each complete day. */
async function liveThroughApril(tools: StoryTools): Promise<MonitorResult[]> {
  const { progress } = tools;
  progress.step(
    `replay April 2001: ${flightsPerDay} flights a day ask the model, their outcomes follow, the monitor looks at each day`,
  );
  const windows: MonitorResult[] = [];
  for (const day of days('2001-04-01', 30)) {
    await playDay(tools, day, flightsPerDay);
    if (day > '2001-04-01') windows.push(await monitorNextDay(tools));
    const window = windows.at(-1);
    if (window) progress.say(windowLine(window));
  }
  progress.done('april');
  return windows;
}

async function playDay({ flights, replay, logged }: StoryTools, day: string, count: number): Promise<void> {
  const ofDay = await flights.ofDay(day, count);
  const answers = await replay.play(ofDay, day);
  await replay.tell(ofDay, answers);
  const answered = answers.filter((a) => a !== null).length;
  await until(async () => (await logged(day)) >= answered, `the prediction log of ${day}`);
}

/** Lets the Schedule run now, and waits for that run's result. */
async function monitorNextDay({ client }: StoryTools): Promise<MonitorResult> {
  const schedule = client.schedule.getHandle(workflowIds.schedule(workflowIds.monitor(model, environment)));
  const before = (await schedule.describe()).info.numActionsTaken;
  await schedule.trigger();
  let started: string | undefined;
  await until(async () => {
    const { info } = await schedule.describe();
    const newest = info.recentActions.at(-1)?.action;
    started =
      info.numActionsTaken > before && newest?.type === 'startWorkflow' ? newest.workflow.workflowId : undefined;
    return started !== undefined;
  }, 'the monitor schedule');
  return (await client.workflow.getHandle(started as string).result()) as MonitorResult;
}

const windowLine = (w: MonitorResult) =>
  `${w.window?.from.slice(0, 10) ?? '–'}  ${w.verdict.padEnd(9)} AUC ${auc(w)}  predicted late ${share(quality(w)?.meanPredicted)}, were late ${share(quality(w)?.meanObserved)}  drifted columns ${w.driftedColumns.length}`;

const quality = (w: MonitorResult) => (w.quality && 'rocAuc' in w.quality ? w.quality : null);
const auc = (w: MonitorResult) => quality(w)?.rocAuc?.toFixed(3) ?? '–';
const share = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)} %`);

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

/** A canary is judged by real answers, so the flights of a day keep asking while it is watched. */
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

/** A prediction whose lineage is shown: the first of April, long in the ledger. */
async function lastRequest({ replay, flights, logged }: StoryTools): Promise<string> {
  const [flight] = await flights.ofDay('2001-05-03', 1);
  const answer = await replay.ask(flight as Flight, '2001-05-03-one-prediction');
  await until(async () => (await logged('2001-05-03')) > 0, 'the last prediction in the ledger');
  return answer?.requestId ?? '';
}

/** Prints what newly happened until the status says so. */
async function follow(
  life: LifecycleClient,
  progress: Progress,
  isReached: (s: LifecycleStatus) => boolean,
): Promise<void> {
  let printed = (await statusOrNull(life))?.history.length ?? 0;
  for (;;) {
    const status = await statusOrNull(life);
    if (status) {
      for (const entry of status.history.slice(printed)) progress.say(entry.what);
      printed = status.history.length;
      if (status.problem && status.stage === 'stopped') throw new Error(status.problem);
      if (isReached(status)) return;
    }
    await sleep(300);
  }
}

const statusOrNull = (life: LifecycleClient) => life.status().catch(() => null);

async function until(isDone: () => Promise<boolean>, what: string, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await sleep(100);
  }
}

function days(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.parse(first) + i * 86_400_000).toISOString().slice(0, 10),
  );
}
