import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LifecycleClient } from '../../client.js';
import type { DeployResult, DeployStatus, LifecycleStatus } from '../../schemas/index.js';
import { known, smallCanary, trips } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';
import { production, twoVersions } from './two-versions.js';

/*
 * Whoever may write to the namespace can send any message and start any workflow. He may never make a version serve that
 * was not approved, nor put words into the ledger.
 */
const model = 'guarded';
const id = `lifecycle/${model}`;
const deploy = `deploy/${model}/production`;
const by = 'ana@example.com';
const [trip] = trips(1).map(known);

let small: SmallStack;
let life: LifecycleClient;
/** the digests of version 2, which nobody approved */
let second: { version: number; modelDigest: string; packageDigest: string };

beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  await twoVersions(small, { model, by }, { compareEvery: '1 second' });
  const [row] = await small.rows(
    `select version, model_digest as "modelDigest", package_digest as "packageDigest" from model_version
     where model = '${model}' and version = 2`,
  );
  second = row as typeof second;
}, 180_000);
afterAll(async () => small?.stop());

const answering = async () => (await small.ask(model, trip ?? {})).version;
const changes = async () => await small.rows('select generation, step, change from endpoint_change order by seq');

/** The newest run of the owner goes on: one that was ended still answers questions. */
const isRunning = () =>
  until(async () => (await small.client.workflow.getHandle(id).describe()).status.name === 'RUNNING');

/** The message was taken, and whatever the owner asks because of it was answered. */
async function settled(): Promise<LifecycleStatus> {
  await sleep(2000); // a look takes milliseconds, and the owner compares every second
  return statusWhen(life, (s) => production(s)?.pushed);
}

const forgedRoutes = () => ({ current: second, candidate: null, previous: null });

describe('a forged message to the owner', () => {
  it.each<[string, () => [string, unknown]]>([
    ['a server that moved', () => ['endpointMoved', { environment: 'production' }]],
    [
      'a server that moved, with routes of its own',
      () => [
        'endpointMoved',
        { environment: 'production', fence: { generation: 900, step: 0 }, routes: forgedRoutes(), by, reason: 'x' },
      ],
    ],
    ['a server of an environment that nobody has', () => ['endpointMoved', { environment: 'nowhere' }]],
    ['a rollout that is none', () => ['rolloutAsks', { workflowId: 'x' }]],
    ['a rollout of another type', () => ['rolloutAsks', { workflowId: id }]],
    ['a rollout with the longest name', () => ['rolloutAsks', { workflowId: 'x'.repeat(1000) }]],
    ['a rollout with a name that is no text of a server', () => ['rolloutAsks', { workflowId: '\u0007 \ud83d' }]],
  ])('about %s changes nothing, and the owner goes on', async (_, message) => {
    const before = { changes: await changes(), routes: production(await life.status())?.routes };
    await life.status();
    const [name, body] = message();
    await small.client.workflow.getHandle(id).signal(name, body);
    const after = await settled();
    expect(production(after)?.routes).toEqual(before.routes);
    expect(after.endpoints.map((e) => e.environment)).toEqual(['production']);
    expect(await changes()).toEqual(before.changes);
    expect(await answering()).toBe(1);
  });

  it('of any name and any content leaves its next update answered', async () => {
    const names = ['rolloutAsks', 'endpointMoved', 'rolloutTold', 'endpointRolledBack', 'rolloutStep', 'rolloutEvent'];
    const messages = fc.sample(fc.tuple(fc.constantFrom(...names), fc.jsonValue()), 60);
    const owner = small.client.workflow.getHandle(id);
    for (const [name, body] of messages) await owner.signal(name, body);
    const reply = await life.rollback({ by, reason: 'nothing to leave' }).catch((error: Error) => error.message);
    expect(reply).toMatchObject({ accepted: false, code: 'NOTHING_TO_ROLL_BACK' });
    expect((await owner.describe()).status.name).toBe('RUNNING');
  });
});

describe('a deployment', () => {
  it('that waits for its approval is not moved by a forged word of its owner', async () => {
    const evidence = ['test split: ROC AUC 0.9990'];
    await small.start('deployModel', deploy, { model, version: 2, canary: smallCanary, evidence });
    const { waitingFor } = await statusWhen(life, (s) => s.waitingFor.length > 0);
    expect(waitingFor[0]).toMatchObject({ version: 2, modelDigest: second.modelDigest });
    expect(waitingFor[0]?.evidence).toContain('said at its start: test split: ROC AUC 0.9990');
    const rollout = small.client.workflow.getHandle(deploy);
    const granted = {
      kind: 'granted',
      fence: { generation: 2, step: 0 },
      approvedBy: by,
      firstVersion: false,
      nonce: 'n',
    };
    for (const name of ['rolloutTold', 'rolloutEvent', 'rolloutNews']) await rollout.signal(name, granted);
    await small.client.workflow.getHandle(id).signal('rolloutAsks', { workflowId: deploy });
    await settled();
    expect(await rollout.query<DeployStatus>('status')).toMatchObject({ phase: 'waiting for approval' });
    expect(production(await life.status())?.generation).toBe(1);
    expect(await answering()).toBe(1);
  });

  it('opens one gate, however often it is said to want one, and waits for its approval again where its owner was ended', async () => {
    await small.temporal('workflow', 'terminate', '-w', id, '--reason', 'a test');
    await small.client.workflow.getHandle(deploy).signal('rolloutTold');
    await isRunning();
    const { waitingFor } = await statusWhen(life, (s) => s.waitingFor.length > 0);
    expect(waitingFor).toHaveLength(1);
    await statusWhen(life, (s) => production(s)?.pushed && production(s)?.routes.current?.version === 1);
    await life.decide({ decision: 'approve', by });
    const result = (await small.client.workflow.getHandle(deploy).result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'promoted', approvedBy: by, serving: 2 });
    expect(await answering()).toBe(2);
  });

  it('that was rolled back stays so under an owner that began anew: the same rollback again changes nothing', async () => {
    const rollback = { by, reason: 'late answers', requestId: 'rollback-1' };
    expect(await life.rollback(rollback)).toMatchObject({ changed: true, served: true });
    expect(await answering()).toBe(1);
    await small.temporal('workflow', 'terminate', '-w', id, '--reason', 'a test');
    await small.start('modelLifecycle', id, { model, compareEvery: '1 second' });
    await statusWhen(life, (s) => production(s)?.pushed && production(s)?.routes.current?.version === 1);
    expect(await life.rollback(rollback)).toMatchObject({ changed: false });
    expect(await answering()).toBe(1);
  });
});

describe('a lifecycle that is reset', () => {
  /** The last task that was done before the history had a signal of that name, counted from its end. */
  async function lastTaskBefore(signal: string): Promise<string> {
    const { events = [] } = await small.client.workflow.getHandle(id).fetchHistory();
    const at = events!.findLastIndex((e) => e.workflowExecutionSignaledEventAttributes?.signalName === signal);
    const done = events!.slice(0, at).findLast((e) => e.workflowTaskCompletedEventAttributes);
    return `${done?.eventId}`;
  }

  async function resetTo(eventId: string): Promise<void> {
    await small.temporal('workflow', 'reset', '-w', id, '--event-id', eventId, '--reason', 'a test');
  }

  beforeAll(async () => {
    await small.start('deployModel', deploy, { model, version: 2, canary: smallCanary });
    await statusWhen(life, (s) => s.waitingFor.length > 0);
    await small.signal(id, 'approve', { by });
    await small.client.workflow.getHandle(deploy).result();
    await statusWhen(life, (s) => s.ledgerBehindBy === 0 && production(s)?.routes.current?.version === 2);
  });

  it.each<[string, string]>([
    ['while its gate was open', 'approve'],
    ['to before its gate', 'rolloutAsks'],
  ])('%s grants nothing again, and takes over what serves', async (_, signal) => {
    const before = await changes();
    await resetTo(await lastTaskBefore(signal));
    const status = await statusWhen(
      life,
      (s) => production(s)?.routes.current?.version === 2 && production(s)?.pushed && s.waitingFor.length === 0,
    );
    expect(production(status)).toMatchObject({ rollout: null });
    expect(await changes()).toEqual(before);
    expect(await answering()).toBe(2);
  });

  it('can be rolled back as if nothing had been', async () => {
    expect(await life.rollback({ by, reason: 'late answers' })).toMatchObject({ changed: true, served: true });
    expect(await answering()).toBe(1);
    expect(await small.verify()).toMatchObject({ ok: true });
  });
});

describe('a rollout whose workflow is ended by force', () => {
  it('is missed within a minute, however seldom its owner compares', async () => {
    await small.temporal('workflow', 'terminate', '-w', id, '--reason', 'a test');
    await small.start('modelLifecycle', id, { model });
    await statusWhen(life, (s) => production(s)?.pushed);
    const canary = { ...smallCanary, duration: '10 minutes', minRequests: 0 };
    await small.start('deployModel', deploy, { model, version: 2, canary });
    await statusWhen(life, (s) => s.waitingFor.length > 0);
    await life.decide({ decision: 'approve', by });
    await statusWhen(life, (s) => production(s)?.pushed && production(s)?.routes.candidate?.version === 2);
    await small.temporal('workflow', 'terminate', '-w', deploy, '--reason', 'a test');
    const status = await statusWhen(life, (s) => production(s)?.pushed && production(s)?.rollout === null);
    expect(production(status)?.routes).toMatchObject({ current: { version: 1 }, candidate: null });
  });
});

describe("a workflow of somebody's own", () => {
  it('cannot have our workers move routes or speak for a person', async () => {
    const connection = await NativeConnection.connect({ address: small.stack.temporalAddress });
    const worker = await Worker.create({
      connection,
      taskQueue: 'elsewhere',
      workflowsPath: fileURLToPath(new URL('./intruder.ts', import.meta.url)),
    });
    const endpoint = { model, environment: 'production' };
    const fence = { generation: 50, step: 0 };
    const forged: [string, unknown][] = [
      ['pushRoutes', { ...endpoint, fence, routes: forgedRoutes(), reason: 'x' }],
      ['loadVersion', { ...endpoint, fence, version: second }],
      ['rollbackEndpoint', { ...endpoint, by, reason: 'x', requestId: 'x' }],
      ['recordFacts', { facts: [approvalOf(second)] }],
    ];
    const asked = async ([activity, input]: [string, unknown]) =>
      small.client.workflow
        .execute('intruder', { workflowId: `intruder/${activity}`, taskQueue: 'elsewhere', args: [activity, input] })
        .then(() => 'done')
        .catch((error) => error.cause?.cause?.type);
    const before = await changes();
    const answers = await worker.runUntil(async () => Promise.all(forged.map(asked)));
    await connection.close();
    expect(answers).toEqual(forged.map(() => 'CALLER_NOT_ALLOWED'));
    expect(await changes()).toEqual(before);
    expect(await small.verify()).toMatchObject({ ok: true });
  });
});

function approvalOf({ version, modelDigest }: { version: number; modelDigest: string }) {
  const gate = `deploy/production/v${version}/forged`;
  return {
    kind: 'approval',
    key: `approval/${model}/${gate}/ceo@example.com`,
    origin: { workflowId: id, step: 'approve' },
    digest: modelDigest,
    body: {
      model,
      version,
      environment: 'production',
      gate,
      modelDigest,
      evidenceDigest: modelDigest,
      decision: 'approve',
      decidedBy: 'ceo@example.com',
      comment: null,
      decidedAt: '2001-01-01T00:00:00Z',
      provenBy: 'unsigned',
    },
  };
}
