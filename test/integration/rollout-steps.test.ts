import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import type { LifecycleClient } from '../../client.js';
import {
  AnalysisPolicy,
  type DeployResult,
  type DeployStatus,
  type LifecycleStatus,
  type Routes,
  type Step,
} from '../../schemas/index.js';
import { known, trips } from '../../scripts/bench/small-model.js';
import { statusText } from '../../scripts/cli/status-text.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';
import { production, serving, twoVersions } from './two-versions.js';

const model = 'stepped';
const id = `lifecycle/${model}`;
const deploy = `deploy/${model}/production`;
const endpoint = { model, environment: 'production' };
const by = 'ana@example.com';

const share = (of: number): Step => ({ kind: 'share', share: of });
const bake = (duration: string): Step => ({ kind: 'bake', duration });
const analyseOf = (minRequests: number): Step => ({
  kind: 'analyse',
  ...AnalysisPolicy.parse({ duration: '500ms', minRequests, maxErrorShare: 0, timeout: '1 minute' }),
});
const analyse = analyseOf(0);

let small: SmallStack;
let life: LifecycleClient;

/** Version 1 serves, and version 2 is packaged. */
beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  const strategy = { steps: [share(0.2), analyse, share(0.6), bake('500ms')] };
  await twoVersions(small, { model, by }, { deploy: { strategy }, compareEvery: '1 second' });
}, 180_000);
afterAll(async () => small?.stop());

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const candidateShare = (s: LifecycleStatus) => production(s)?.pushed && production(s)?.routes.candidate?.share;
const resultOf = () => small.client.workflow.getHandle(deploy).result() as Promise<DeployResult>;
const statusOf = () => small.client.workflow.getHandle(deploy).query<DeployStatus>('status');

async function rollOut(steps: Step[]): Promise<void> {
  await small.start('deployModel', deploy, { model, version: 2, strategy: { steps } });
  await reached((s) => s.waitingFor.length > 0);
  await life.decide({ decision: 'approve', by });
}

async function rollBack(): Promise<void> {
  await life.rollback({ by, reason: 'the next test' });
  await reached((s) => serving(s) === 1 && s.ledgerBehindBy === 0);
}

async function serverRoutes(): Promise<Routes> {
  const { MODEL_SERVER_ADDRESS: address = '', MODEL_SERVER_TOKEN: token = '' } = small.stack.environment;
  return (await createModelServerTarget({ address, token }).status(endpoint)).routes;
}

/** What the server did, until it serves version 2 alone: `1, 2 with 0.1`, each once. */
async function watchServer(): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { current, candidate } = await serverRoutes();
    const now = `${current?.version}${candidate ? `, ${candidate.version} with ${candidate.share}` : ''}`;
    if (seen.at(-1) !== now) seen.push(now);
    if (now === '2') return seen;
    await sleep(50);
  }
}

async function changesSince(generation: number): Promise<unknown[]> {
  await reached((s) => s.ledgerBehindBy === 0);
  const sql = `select change, step::int, version, reason from endpoint_change
    where model = $1 and generation > $2 order by seq`;
  return small.rows(sql, [model, generation]);
}
const generation = async () => production(await life.status())?.generation ?? 0;

const threeShares = [share(0.1), bake('1s'), share(0.5), analyse, share(1), bake('1s')];

const inOrder = [
  { change: 'candidate', step: 1, version: 2, reason: 'candidate with share 0.1' },
  { change: 'candidate', step: 2, version: 2, reason: 'candidate with share 0.5' },
  { change: 'candidate', step: 3, version: 2, reason: 'candidate with share 1' },
  { change: 'promoted', step: 4, version: 2, reason: 'every check passed' },
];

/** Each test begins with version 1 in production. */
describe('a rollout by a strategy', () => {
  it('of a first version gives it everything from its first share on', async () => {
    expect(await changesSince(0)).toEqual([
      { change: 'candidate', step: 1, version: 1, reason: 'candidate with share 1' },
      { change: 'promoted', step: 2, version: 1, reason: 'every check passed' },
    ]);
  });

  it('takes its steps in order, each under a larger fence, and the server follows', async () => {
    const before = await generation();
    const watching = watchServer();
    await rollOut(threeShares);
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', version: 2, serving: 2 });
    expect(await watching).toEqual(['1', '1, 2 with 0.1', '1, 2 with 0.5', '1, 2 with 1', '2']);
    expect(await changesSince(before)).toEqual(inOrder);
    await rollBack();
  });

  it('returns to the routes before it when it is rolled back in the middle', async () => {
    const before = await serverRoutes();
    await rollOut([share(0.1), share(0.5), bake('10 minutes')]);
    const status = await reached((s) => candidateShare(s) === 0.5);
    expect(production(status)?.rollout).toMatchObject({ version: 2, phase: 'atStep', step: 1, steps: 4 });
    await until(async () => (await statusOf()).step === 2);
    expect(await life.rollback({ by, reason: 'late answers' })).toMatchObject({ changed: true });
    expect(await resultOf()).toMatchObject({ outcome: 'rolledBack', serving: 1 });
    expect(await serverRoutes()).toEqual(before);
  });

  it('says how many answers it has of how many, and until when, and goes on once they are there', async () => {
    await rollOut([share(1), analyseOf(5)]);
    const waits = {
      answers: { given: 0, needed: 5 },
      what: '0 of 5 answers of version 2',
      until: expect.stringMatching(/Z$/),
    };
    await until(async () => (await statusOf()).waits?.answers);
    expect((await statusOf()).waits).toEqual(waits);
    const status = await reached((s) => production(s)?.rollout?.waits);
    expect(production(status)?.rollout?.waits).toEqual(waits);
    expect(statusText(status)).toContain('production waits for: 0 of 5 answers of version 2, gives up at');
    for (const place of [id, deploy]) expect(await small.details(place)).toContain('0 of 5 answers of version 2');
    for (const trip of trips(5)) await small.ask(model, known(trip));
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', serving: 2 });
    expect((await statusOf()).waits).toBeNull();
    await rollBack();
  });

  it('gives a server that lost its disk in the middle the share again', async () => {
    await rollOut([share(0.1), bake('10 minutes')]);
    await reached((s) => candidateShare(s) === 0.1);
    const before = await serverRoutes();
    await small.stack.modelServer.kill();
    rmSync(join(small.directory, 'work', 'model-server'), { recursive: true });
    await small.stack.modelServer.start();
    await until(async () => isDeepStrictEqual(await serverRoutes(), before));
    expect(production(await life.status())?.rollout).toMatchObject({ phase: 'atStep', step: 0 });
    await life.rollback({ by, reason: 'the next test' });
    expect(await resultOf()).toMatchObject({ outcome: 'rolledBack', serving: 1 });
  });

  it('waits at a pause, shows the line that ends it, and goes on when that is sent', async () => {
    await small.start('deployModel', deploy, {
      model,
      version: 2,
      strategy: { steps: [share(0.1), { kind: 'pause' }] },
    });
    const { waitingFor } = await reached((s) => s.waitingFor.length > 0);
    expect(waitingFor[0]?.evidence).toContain('strategy: share 10 %, pause, promote');
    await life.decide({ decision: 'approve', by });
    const status = await reached((s) => production(s)?.rollout?.phase === 'paused');
    expect(await statusOf()).toMatchObject({ phase: 'paused', step: 1, answerWith: status.answerWith });
    expect(await small.details(id)).toContain('waits at a step');
    await life.signal('resume', { by, environment: 'staging' });
    expect(await statusOf()).toMatchObject({ phase: 'paused' });
    const [line = ''] = status.answerWith;
    await small.shell(line);
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', serving: 2 });
    await rollBack();
  });

  it('is held by a pause of the model, also past the time for answers, and goes on at its end', async () => {
    const strategy = { steps: [share(0.5)] };
    await small.start('deployModel', deploy, { model, version: 2, approvalTimeout: '4 seconds', strategy });
    await reached((s) => s.waitingFor.length > 0);
    await life.signal('pause', { by });
    await life.decide({ decision: 'approve', by });
    await until(async () => (await statusOf()).phase === 'approved, held');
    expect((await statusOf()).answerWith).toEqual([expect.stringContaining('--name resume')]);
    expect(production(await life.status())?.rollout?.phase).toBe('approved, held');
    await sleep(4000);
    expect(await statusOf()).toMatchObject({ phase: 'approved, held' });
    expect(await serverRoutes()).toMatchObject({ candidate: null });
    await life.signal('resume', { by });
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', serving: 2, approvedBy: by });
    await rollBack();
  });

  it('goes on when resume is sent to the deployment itself', async () => {
    await rollOut([{ kind: 'pause' }, { kind: 'promote' }]);
    await until(async () => (await statusOf()).phase === 'paused');
    await reached((s) => production(s)?.rollout?.phase === 'paused');
    await small.signal(deploy, 'resume', { by });
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', serving: 2 });
    await rollBack();
  });

  it('loses nothing and does nothing twice when its worker is killed between two steps', async () => {
    const before = await generation();
    await rollOut(threeShares);
    await reached((s) => candidateShare(s) === 0.1);
    await small.stack.worker.kill();
    await small.stack.worker.start();
    expect(await resultOf()).toMatchObject({ outcome: 'promoted', version: 2, serving: 2 });
    expect(await changesSince(before)).toEqual(inOrder);
    expect(await small.verify()).toMatchObject({ ok: true });
  });

  it('is given back by an owner that began anew and does not know it', async () => {
    await rollBack();
    await rollOut([share(0.1), { kind: 'pause' }]);
    await reached((s) => production(s)?.rollout?.phase === 'paused');
    const before = await generation();
    await small.temporal('workflow', 'terminate', '-w', id, '--reason', 'a test');
    await small.signal(deploy, 'resume', { by });
    await until(async () => (await serverRoutes()).candidate === null);
    await reached((s) => serving(s) === 1);
    expect(await changesSince(before)).toMatchObject([{ change: 'aborted', version: 1 }]);
    await small.temporal('workflow', 'cancel', '-w', deploy);
    await expect(resultOf()).rejects.toThrow('cancelled');
    expect(await small.verify()).toMatchObject({ ok: true });
  });
});
