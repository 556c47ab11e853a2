import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import type { LifecycleClient } from '../../client.js';
import type { DeployResult, Gate, LifecycleStatus } from '../../schemas/index.js';
import { known, smallCanary, trips } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';
import { production, twoVersions } from './two-versions.js';

const model = 'owned';
const id = `lifecycle/${model}`;
const deploy = `deploy/${model}/production`;
const by = 'ana@example.com';

let small: SmallStack;
let life: LifecycleClient;

/** A version serves, and another one is packaged. The owner compares every second. */
beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  await twoVersions(small, { model, by }, { compareEvery: '1 second' });
}, 180_000);
afterAll(async () => small?.stop());

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const [trip] = trips(1).map(known);
const answering = async () => (await small.ask(model, trip ?? {})).version;

/** What an answer at a gate binds to. */
const boundBy = ({ gate, environment, version, modelDigest, evidenceDigest }: Gate) => ({
  gate,
  environment,
  version,
  modelDigest,
  evidenceDigest,
});

async function waitAtTheGate(canary: object): Promise<LifecycleStatus> {
  await small.start('deployModel', deploy, { model, version: 2, canary });
  return reached((s) => s.waitingFor.length > 0);
}

/** Each test goes on where the one before it ended. */
describe('the owner of an endpoint', () => {
  it('gives a server that lost its disk the routes again', async () => {
    const before = production(await life.status())?.generation;
    await small.stack.modelServer.kill();
    rmSync(join(small.directory, 'work', 'model-server'), { recursive: true });
    await small.stack.modelServer.start();
    await until(async () => (await answering()) === 1);
    expect(production(await life.status())?.generation).toBe(before);
  });

  it('does so too while a version waits for approval', async () => {
    await waitAtTheGate(smallCanary);
    await small.stack.modelServer.kill();
    rmSync(join(small.directory, 'work', 'model-server'), { recursive: true });
    await small.stack.modelServer.start();
    await until(async () => (await answering()) === 1);
    await life.decide({ decision: 'reject', by });
    await small.client.workflow.getHandle(deploy).result();
  });

  it('notices that a rollout is gone, and returns to what served before it', async () => {
    await waitAtTheGate({ ...smallCanary, duration: '10 minutes', minRequests: 0 });
    await life.decide({ decision: 'approve', by });
    await reached((s) => production(s)?.pushed && production(s)?.routes.candidate?.version === 2);
    await small.temporal('workflow', 'terminate', '-w', deploy, '--reason', 'a test');
    const status = await reached((s) => production(s)?.pushed && production(s)?.rollout === null);
    expect(production(status)?.routes).toMatchObject({ current: { version: 1 }, candidate: null });
    expect(status.history.at(-1)?.what).toContain('its workflow is gone');
  });

  it('grants nothing on an approval that the ledger refuses', async () => {
    const { waitingFor } = await waitAtTheGate(smallCanary);
    const [gate] = waitingFor;
    const stores = await openStores({ databaseUrl: small.stack.environment['DATABASE_URL'] ?? '' });
    const answered = boundBy(gate!);
    await stores.ledger.append({
      kind: 'approval',
      key: `approval/${model}/${answered.gate}/${by}`,
      origin: { workflowId: 'elsewhere', step: 'approve' },
      digest: answered.modelDigest,
      body: {
        model,
        ...answered,
        decision: 'reject',
        decidedBy: 'eve',
        comment: null,
        decidedAt: '2001-01-01T00:00:00Z',
        provenBy: 'unsigned',
      },
    });
    await stores.close();
    expect(await life.decide({ decision: 'approve', by })).toMatchObject({ accepted: true });
    const result = (await small.client.workflow.getHandle(deploy).result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'rejected', approvedBy: null, serving: 1 });
    expect(result.reasons[0]).toContain('holds another body under the key "approval/');
    expect(production(await life.status())).toMatchObject({ rollout: null, routes: { candidate: null } });
    expect(await answering()).toBe(1);
  });

  it('takes a decision that is handled again at another time for the one that is recorded', async () => {
    const { waitingFor } = await waitAtTheGate(smallCanary);
    const [gate] = waitingFor;
    const stores = await openStores({ databaseUrl: small.stack.environment['DATABASE_URL'] ?? '' });
    const answered = boundBy(gate!);
    const decision = {
      decision: 'approve',
      decidedBy: by,
      comment: null,
      decidedAt: '2001-01-01T00:00:00Z',
      provenBy: 'unsigned',
    } as const;
    await stores.ledger.append({
      kind: 'approval',
      key: `approval/${model}/${answered.gate}/${by}`,
      origin: { workflowId: id, step: 'approve' },
      digest: answered.modelDigest,
      body: { model, ...answered, ...decision },
    });
    await stores.close();
    await life.decide({ decision: 'approve', by });
    const result = (await small.client.workflow.getHandle(deploy).result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'promoted', approvedBy: by, serving: 2 });
    expect(await life.rollback({ by, reason: 'back again' })).toMatchObject({ changed: true });
  });

  it('that begins anew over a server without its disk uses no generation twice', async () => {
    await small.temporal('workflow', 'terminate', '-w', id, '--reason', 'a test');
    const last = async () => Number((await small.rows('select max(generation) from endpoint_change'))[0]?.['max']);
    const before = await last();
    expect(before).toBeGreaterThan(1);
    await small.stack.modelServer.kill();
    rmSync(join(small.directory, 'work', 'model-server'), { recursive: true });
    await small.stack.modelServer.start();
    await waitAtTheGate(smallCanary);
    await life.decide({ decision: 'approve', by });
    const result = (await small.client.workflow.getHandle(deploy).result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'promoted', generation: before + 1 });
    await reached((s) => s.ledgerBehindBy === 0);
    expect(await last()).toBe(before + 1);
    expect(await small.verify()).toMatchObject({ ok: true });
  });
});
