import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { smallLife } from '../../scripts/bench/small-model.js';
import type { ShownLine } from '../../scripts/cli/fleet-text.js';
import { isPolled } from '../../scripts/cli/worker-polls.js';
import { monitorFact } from './ledger-facts.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const by = 'ana@example.com';

describe('the fleet in Postgres', () => {
  const row = { model: 'm', owner: 'lifecycle/m', stage: 'serving', paused: false, problem: null };
  const nothing = { version: null, candidate: null, waitsFor: null, waitsSince: null };
  const environments = ['staging', 'production'].map((environment) => ({ ...nothing, environment }));
  const at = (minute: number) => `2001-04-18T06:0${minute}:00.000Z`;
  let stores: PostgresStores;

  beforeAll(async () => {
    await migrate(inject('databaseUrl'), 'fleet');
    stores = await openStores({ databaseUrl: inject('databaseUrl'), schema: 'fleet' });
  });
  afterAll(() => stores?.close());

  it('has one row a lifecycle, and a line of it for each environment, in their order', async () => {
    await stores.fleet.record({ ...row, environments, toldAt: at(1) });
    await stores.fleet.record({ ...row, model: 'later', owner: 'lifecycle/later', environments: [], toldAt: at(1) });
    const lines = await stores.fleet.all();
    expect(lines.map(({ model, environment }) => `${model} ${environment}`)).toEqual([
      'later null',
      'm staging',
      'm production',
    ]);
    expect(lines.every(({ ageSeconds }) => ageSeconds >= 0 && ageSeconds < 60)).toBe(true);
  });

  it('keeps the newest word of the owner, however late an older one comes', async () => {
    await stores.fleet.record({ ...row, stage: 'paused', environments, toldAt: at(3) });
    await stores.fleet.record({ ...row, stage: 'idle', environments, toldAt: at(2) });
    await stores.fleet.record({ ...row, stage: 'paused', environments, toldAt: at(3) });
    expect((await stores.fleet.all()).at(-1)?.stage).toBe('paused');
  });

  it('shows the verdict of the newest day, and since when it is that', async () => {
    await stores.ledger.appendAll([monitorFact('m', 1, true), monitorFact('m', 2, false), monitorFact('m', 3, true)]);
    const verdict = async () => {
      const { verdict: seen, verdictSince } = (await stores.fleet.all()).at(-1) ?? {};
      return [seen, verdictSince];
    };
    expect(await verdict()).toEqual(['drifted', '2001-04-03T00:00:00.000Z']);
    await stores.ledger.append(monitorFact('m', 4, true));
    expect(await verdict()).toEqual(['drifted', '2001-04-03T00:00:00.000Z']);
    expect((await stores.fleet.all()).at(-2)).toMatchObject({ environment: 'staging', verdict: null });
  });
});

describe('temporal-mlops status', () => {
  let small: SmallStack;
  beforeAll(async () => {
    small = await openSmallStack();
  });
  afterAll(() => small?.stop());

  const status = async (...options: string[]) =>
    small.shell(['node scripts/temporal-mlops.mjs status', ...options].join(' '));
  const lines = async () => JSON.parse(await status('--json', '--all')) as (ShownLine & { polled: boolean | null })[];
  const lineOf = async (model: string) => (await lines()).find((line) => line.model === model);

  it('shows by one question what every lifecycle serves and waits for', async () => {
    const environments = [{ name: 'staging' }, { name: 'production' }];
    const { deploy: _short, ...life } = smallLife('trips', small.files);
    await small.start('modelLifecycle', 'lifecycle/trips', { ...life, environments });
    await small.start('modelLifecycle', 'lifecycle/empty', { model: 'empty', environment: 'production' });
    await statusWhen(small.life('trips'), (s) => s.waitingFor.length > 0);
    const shown = await until(async () => {
      const found = await lines();
      return found.some(({ waitsFor }) => waitsFor !== null) && found.length === 3 ? found : null;
    });
    expect(shown).toMatchObject([
      { model: 'empty', environment: 'production', version: null, stage: 'idle', waitsFor: null, running: true },
      {
        model: 'trips',
        environment: 'staging',
        version: null,
        stage: 'waiting for approval',
        waitsFor: 'approval of version 1',
        waitsSince: expect.stringMatching(/^20/),
        owner: 'lifecycle/trips',
        running: true,
      },
      { model: 'trips', environment: 'production', waitsFor: null },
    ]);
    const told = await small.rows('select model, waits_for from v_fleet where waits_for is not null');
    expect(told).toEqual([{ model: 'trips', waits_for: 'approval of version 1' }]);
    const text = await status();
    expect(text).toMatch(/^trips +waiting for approval +staging +– +– +approval of version 1, since \S+Z +\d+ s ago$/m);
    expect(text).toMatch(/^empty +idle +production +– +– +\d+ s ago$/m);
  });

  it('says whether a worker answers', async () => {
    expect((await lines()).map((line) => line.polled)).toEqual([true, true, true]);
    expect(await status()).not.toContain('no worker polls');
    const server = { connection: small.connection, namespace: 'default' };
    expect(await isPolled(server, 'mlops')).toBe(true);
    expect(await isPolled(server, 'nobody')).toBe(false);
  });

  it('writes the row again only when it would change', async () => {
    const told = async () => (await small.rows('select told_at from fleet where model = $1', ['empty']))[0];
    const before = await told();
    await small.signal('lifecycle/empty', 'approve', { by });
    await statusWhen(small.life('empty'), (s) => s.refused.length > 0);
    await small.signal('lifecycle/empty', 'pause', { by, reason: 'freeze' });
    await until(async () => (await lineOf('empty'))?.paused);
    expect(await told()).not.toEqual(before);
    const recorded = (await small.temporal('workflow', 'show', '-w', 'lifecycle/empty', '-o', 'json')).match(
      /recordFleet/g,
    );
    expect(recorded).toHaveLength(2);
  });

  it('holds up nothing while Postgres is away, and tells the newest state once it is back', async () => {
    const life = small.life('empty');
    await small.stack.postgres?.kill();
    await small.signal('lifecycle/empty', 'resume', { by });
    await statusWhen(life, (s) => !s.paused);
    await small.signal('lifecycle/empty', 'pause', { by, reason: 'again' });
    await statusWhen(life, (s) => s.paused && s.problem === null);
    await small.signal('lifecycle/empty', 'resume', { by });
    await statusWhen(life, (s) => !s.paused);
    expect(await status()).toMatch(/^empty +unknown +– [^]*^Postgres does not answer: /m);
    expect(await lineOf('empty')).toMatchObject({ stage: 'unknown', running: true, ageSeconds: null });
    await small.stack.postgres?.start();
    await until(async () => (await lineOf('empty'))?.paused === false);
  });

  it('tells the lifecycles that ended from those that were ended by force', async () => {
    await small.signal('lifecycle/empty', 'retire', { by, reason: 'never used' });
    await small.client.workflow.getHandle('lifecycle/empty').result();
    expect(await lineOf('empty')).toMatchObject({ stage: 'retired', running: false });
    await small.temporal('workflow', 'terminate', '-w', 'lifecycle/trips', '--reason', 'a test');
    expect(await lineOf('trips')).toMatchObject({ stage: 'waiting for approval', running: false });
    const text = await status('--all');
    expect(text).toMatch(/^trips +does not run, was waiting for approval +staging/m);
    expect(text).toMatch(/^empty +retired /m);
    const usual = await until(async () => {
      const found = await status();
      return found.includes('Retired and not shown: 1.') ? found : null;
    });
    expect(usual).toMatch(/^trips +does not run/m);
    expect(usual).not.toMatch(/^empty /m);
  });
});
