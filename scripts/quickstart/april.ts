import type { MonitorResult } from '../../schemas/index.js';
import { workflowIds } from '../../schemas/index.js';
import { environment, model, type StoryTools } from './story-tools.js';
import { until } from './wait.js';

/** just above the monitor's minRows, so that each day gets a verdict */
const flightsPerDay = 1100;

/** April, day by day: flights ask, outcomes follow, and the monitor looks at each complete day. */
export async function liveThroughApril(tools: StoryTools): Promise<MonitorResult[]> {
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
  `${w.window?.from.slice(0, 10) ?? '–'}  ${w.verdict.padEnd(9)} AUC ${auc(w)}  predicted late ${share(quality(w)?.meanPredicted)}, were late ${share(quality(w)?.meanObserved)}  calibration gap ${gap(w)}  drifted columns ${w.driftedColumns.length}`;

const quality = (w: MonitorResult) => (w.quality && 'rocAuc' in w.quality ? w.quality : null);
const gap = (w: MonitorResult) => w.calibrationGap?.toFixed(3) ?? '–';
const auc = (w: MonitorResult) => quality(w)?.rocAuc?.toFixed(3) ?? '–';
const share = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)} %`);

function days(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.parse(first) + i * 86_400_000).toISOString().slice(0, 10),
  );
}
