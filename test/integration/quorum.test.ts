import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LifecycleClient } from '../../client.js';
import { errorCode, type LifecycleStatus } from '../../schemas/index.js';
import { smallCanary, smallLife } from '../../scripts/bench/small-model.js';
import { statusText } from '../../scripts/cli/status-text.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const model = 'guarded';
const policy = { quorum: 2, excluded: ['eve'] };

let small: SmallStack;
let life: LifecycleClient;

/** The first version waits at staging, where one person is enough; production asks for two. */
beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  const { deploy: canary, ...input } = { ...smallLife(model, small.files) };
  const environments = [
    { name: 'staging', ...canary },
    { name: 'production', ...canary, policy },
  ];
  await small.start('modelLifecycle', `lifecycle/${model}`, { ...input, environments });
  await waitingIn('staging');
}, 180_000);
afterAll(async () => small?.stop());

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const waitingIn = (environment: string) =>
  reached((s) => s.waitingFor.some((gate) => gate.environment === environment));
const serving = (s: LifecycleStatus, environment: string) => {
  const endpoint = s.endpoints.find((e) => e.environment === environment);
  return endpoint?.pushed && endpoint.rollout === null ? endpoint.routes.current?.version : undefined;
};
const approvals = (version: number) =>
  small.rows(
    `select environment, decision, decided_by, proven_by from v_approval
     where model = '${model}' and version = ${version} order by decided_at`,
  );

describe('a version', () => {
  it('goes on to production once it was promoted in staging', async () => {
    await life.decide({ decision: 'approve', by: 'ana' });
    const { waitingFor, endpoints } = await waitingIn('production');
    expect(waitingFor).toMatchObject([{ environment: 'production', version: 1, policy, answers: [] }]);
    expect(endpoints.map((e) => [e.environment, e.routes.current?.version ?? null])).toEqual([
      ['staging', 1],
      ['production', null],
    ]);
  });

  it('waits for a second person, and counts the first once', async () => {
    const first = await life.decide({ decision: 'approve', by: 'ana' });
    expect(first).toMatchObject({ changed: true, message: 'approved version 1 for production: 1 of 2 approvals' });
    expect(await life.decide({ decision: 'approve', by: 'ana', comment: 'again' })).toMatchObject({ changed: false });
    const refused = await life.decide({ decision: 'approve', by: 'eve' }).catch(errorCode);
    expect(refused).toBe('ANSWER_NOT_ALLOWED');
    const { waitingFor } = await life.status();
    expect(waitingFor[0]?.answers).toMatchObject([{ by: 'ana', decision: 'approve' }]);
    expect(statusText(await life.status())).toContain('(1 of 2 approvals: ana).');
  });

  it('is promoted with the second, and the ledger has every answer and the decision', async () => {
    expect(await life.decide({ decision: 'approve', by: 'ben' })).toMatchObject({ changed: true });
    await reached((s) => serving(s, 'production') === 1);
    expect(await approvals(1)).toEqual([
      { environment: 'staging', decision: 'approve', decided_by: 'ana', proven_by: 'unsigned' },
      { environment: 'production', decision: 'approve', decided_by: 'ana', proven_by: 'unsigned' },
      { environment: 'production', decision: 'approve', decided_by: 'ben', proven_by: 'unsigned' },
    ]);
    expect(
      await small.rows('select environment, decision, decided_by, quorum from gate_decision order by seq'),
    ).toEqual([
      { environment: 'staging', decision: 'approved', decided_by: ['ana'], quorum: 1 },
      { environment: 'production', decision: 'approved', decided_by: ['ana', 'ben'], quorum: 2 },
    ]);
  });

  it('is rejected by one of two, and the version before serves on', async () => {
    const { train } = smallLife(model, small.files).recipe;
    const dataset = { name: `${model}-labelled` };
    await ran('trainModel', `train/${model}`, { model, dataset, ...train, seed: 2 });
    await ran('packageModel', `package/${model}`, { model });
    await small.start('deployModel', `deploy/${model}/production`, {
      model,
      version: 2,
      canary: smallCanary,
      policy: {},
    });
    const { waitingFor } = await waitingIn('production');
    expect(waitingFor[0]?.policy).toMatchObject(policy);
    await life.decide({ decision: 'approve', by: 'ana' });
    await life.decide({ decision: 'reject', by: 'ben', comment: 'worse at night' });
    const result = await small.client.workflow.getHandle(`deploy/${model}/production`).result();
    expect(result).toMatchObject({ outcome: 'rejected', reasons: ['ben rejected it: worse at night'], serving: 1 });
    const both = await until(async () => {
      const rows = await approvals(2);
      return rows.length === 2 ? rows : null;
    });
    expect(both.map((row) => row['decision'])).toEqual(['approve', 'reject']);
  });
});

async function ran(type: string, workflowId: string, input: object): Promise<void> {
  await small.start(type, workflowId, input);
  await small.client.workflow.getHandle(workflowId).result();
}
