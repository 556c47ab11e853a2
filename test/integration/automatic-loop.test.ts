import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LifecycleClient } from '../../client.js';
import type { LifecycleStatus } from '../../schemas/index.js';
import { smallCanary, smallRecipe } from '../../scripts/bench/small-model.js';
import { seededRandom } from '../../statistics/random.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

/*
 * Nobody asks for a look or for a retraining here. Until the turn a long trip is late, from then on a short one: the first
 * model, which learnt from January, is wrong about every day after it, and one that learns from February is right.
 */
const turn = '2024-02-02';
const perDay = 300;
const by = 'ana@example.com';

let small: SmallStack;

beforeAll(async () => {
  small = await openSmallStack();
});
afterAll(async () => small?.stop());

interface Trip {
  readonly began: string;
  readonly distance: number;
  readonly city: string;
  readonly delay: number;
}

/** Trips from the beginning of a day on; the same at every run. */
function tripsFrom(day: string, count: number, minutesApart: number): Trip[] {
  const random = seededRandom(day);
  return Array.from({ length: count }, (_, i) => {
    const began = new Date(Date.parse(day) + i * minutesApart * 60_000).toISOString();
    const distance = Math.round(random() * 1000);
    const isLong = distance + 400 * random() > 700;
    const delay = isLong === began < turn ? 40 : 5;
    return { began, distance, city: ['Oslo', 'Bergen', 'Tromsø'][i % 3] ?? '', delay };
  });
}

function sourceFile(name: string, trips: readonly Trip[]): string {
  const path = join(small.sources, name);
  const lines = trips.map(({ began, distance, city, delay }) => `${began},${distance},${city},${delay}`);
  writeFileSync(path, ['began,distance,city,delay', ...lines, ''].join('\n'));
  return path;
}

describe('the automatic loop', () => {
  const model = 'looped';
  const id = `lifecycle/${model}`;
  let life: LifecycleClient;
  const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
  const serving = (version: number) => (s: LifecycleStatus) =>
    s.endpoints.some((e) => e.pushed && e.rollout === null && e.routes.current?.version === version);

  /** A day of trips asks, their outcomes come true, and all of it is in the ledger before the next day begins. */
  async function liveThrough(day: string): Promise<void> {
    const trips = tripsFrom(day, perDay, 4);
    const rows = trips.map(({ began, distance, city }) => ({ began, distance, city }));
    const body = { dataframe_records: rows };
    expect(await small.post(`/models/${model}/invocations`, body, { 'x-request-id': day })).toMatchObject({
      status: 200,
    });
    const outcomes = trips.map(({ delay }, i) => ({ requestId: day, model, row: i, outcome: delay > 15 }));
    expect((await small.post('/v1/outcomes', { by: 'billing', outcomes })).status).toBe(202);
    const count = async (what: string) => Number((await small.rows(`select count(*) from ${what}`))[0]?.['count']);
    lived += perDay;
    await until(async () => (await count(`v_prediction_log where model = '${model}'`)) === lived);
    await until(async () => (await count('outcome')) === lived);
  }
  let lived = 0;

  const windows = async (count: number) =>
    until(async () => {
      const seen = await small.rows(
        `select to_char(from_at at time zone 'UTC', 'YYYY-MM-DD') as day, version, verdict from monitor_window
         where model = '${model}' order by seq`,
      );
      return seen.length >= count ? seen : null;
    });
  const retrainings = () =>
    small.rows(`select trigger, asked_by, outcome from retrain_event where model = '${model}' order by seq`);

  beforeAll(async () => {
    life = small.life(model);
    const first = sourceFile('looped.csv', tripsFrom('2024-01-01', 1200, 30));
    const later = sourceFile('looped-later.csv', tripsFrom(turn, 1200, 3));
    await small.start('modelLifecycle', id, {
      model,
      recipe: smallRecipe(model, first),
      deploy: { canary: smallCanary },
      // 300 rows a day: the limits are five standard errors of an AUC and of a mean of so many rows
      monitor: { every: '2 seconds', policy: { minRows: 200, maxAucLoss: 0.15, maxCalibrationGap: 0.15 } },
      retrain: { recipe: smallRecipe(model, later), automatic: true },
    });
    await reached((s) => s.waitingFor.length > 0);
    await life.decide({ decision: 'approve', by });
    await reached(serving(1));
  }, 120_000);

  it('judges a day as the days before, and asks for nothing', async () => {
    await liveThrough('2024-02-01');
    await liveThrough('2024-02-02');
    expect((await windows(1))[0]).toEqual({ day: '2024-02-01', version: 1, verdict: 'healthy' });
    expect(await retrainings()).toEqual([]);
  });

  it('retrains by itself when two days in a row are judged decayed: the monitor asks, the owner begins once', async () => {
    await liveThrough('2024-02-03');
    await liveThrough('2024-02-04');
    expect((await windows(3)).slice(1)).toEqual([
      { day: '2024-02-02', version: 1, verdict: 'decayed' },
      { day: '2024-02-03', version: 1, verdict: 'decayed' },
    ]);
    const { waitingFor } = await reached((s) => s.waitingFor.length > 0);
    expect(waitingFor).toMatchObject([{ environment: 'production', version: 2 }]);
    expect(await retrainings()).toEqual([{ trigger: 'decay', asked_by: 'monitor', outcome: 'started' }]);
  });

  it('asks again while the old version answers, and the owner has begun already', async () => {
    await liveThrough('2024-02-05');
    expect((await windows(4)).at(-1)).toEqual({ day: '2024-02-04', version: 1, verdict: 'decayed' });
    const { triggersNotActedOn } = await reached((s) => s.triggersNotActedOn.length > 0);
    expect(triggersNotActedOn[0]?.reason).toContain('retraining 1 is under way');
  });

  it('puts the challenger in front of requests once a person approved it, and is at rest', async () => {
    await life.decide({ decision: 'approve', by, version: 2 });
    await reached(serving(2));
    await reached((s) => s.history.some(({ what }) => what.startsWith('retraining promoted')));
    await liveThrough('2024-02-06');
    await liveThrough('2024-02-07');
    expect((await windows(6)).slice(4)).toEqual([
      { day: '2024-02-05', version: 1, verdict: 'decayed' },
      { day: '2024-02-06', version: 2, verdict: 'healthy' },
    ]);
    await reached((s) => s.ledgerBehindBy === 0);
    const begunAndEnded = (await retrainings()).filter(({ outcome }) => outcome !== 'notActedOn');
    expect(begunAndEnded).toEqual([
      { trigger: 'decay', asked_by: 'monitor', outcome: 'started' },
      { trigger: 'decay', asked_by: 'monitor', outcome: 'promoted' },
    ]);
    const made = await small.rows(`select version from v_model_version where model = '${model}' order by version`);
    expect(made).toEqual([{ version: 1 }, { version: 2 }]);
  });
});

describe('a retraining by the clock', () => {
  const model = 'clocked';

  it('is asked for by the Schedule, begun once by the owner, and keeps a champion that it makes again', async () => {
    const life = small.life(model);
    const recipe = smallRecipe(model, small.files.first);
    await small.start('modelLifecycle', `lifecycle/${model}`, {
      model,
      recipe,
      deploy: { canary: smallCanary },
      retrain: { every: '3 seconds', automatic: false, challenger: { minImprovement: 0.001 } },
    });
    await statusWhen(life, (s) => s.waitingFor.length > 0);
    await life.decide({ decision: 'approve', by });
    const events = (outcome: string) =>
      small.rows(
        `select trigger, asked_by, outcome, reason from retrain_event where model = '${model}' and outcome = '${outcome}'`,
      );
    const [kept] = await until(async () => {
      const found = await events('kept');
      return found.length > 0 ? found : null;
    });
    expect(kept).toMatchObject({ trigger: 'schedule', asked_by: 'schedule' });
    const tooSoon = await until(async () => {
      const found = (await events('notActedOn')).filter(({ reason }) => /less than 1 day ago/.test(String(reason)));
      return found.length > 1 ? found : null;
    });
    expect(tooSoon[0]).toMatchObject({ trigger: 'schedule', asked_by: 'schedule' });
    expect(await events('started')).toHaveLength(1);
    expect(await small.rows(`select version from v_model_version where model = '${model}'`)).toEqual([{ version: 1 }]);
    const asked = await small.temporal(
      'workflow',
      'list',
      '-q',
      `WorkflowType='retrainModel' AND MlModel='${model}'`,
      '-o',
      'json',
    );
    const ids = (JSON.parse(asked) as { execution: { workflowId: string } }[]).map((w) => w.execution.workflowId);
    expect(ids).toContain(`retrain/${model}`);
    expect(ids.some((one) => one.startsWith(`retrain/${model}-`))).toBe(true);
  });
});
