import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LifecycleClient } from '../../client.js';
import type { LifecycleResult, LifecycleStatus, LineageGraph, MonitorResult } from '../../schemas/index.js';
import { known, smallLife, trips } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const model = 'trips';
const id = `lifecycle/${model}`;
const monitorSchedule = `monitor/${model}/production/schedule`;
const by = 'ana@example.com';

let small: SmallStack;
let life: LifecycleClient;

beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
});
afterAll(async () => small?.stop());

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const endpoint = (status: LifecycleStatus) => status.endpoints.find((e) => e.environment === 'production');
const serving = (status: LifecycleStatus) => endpoint(status)?.pushed && endpoint(status)?.routes.current?.version;
const said = (text: string) => (status: LifecycleStatus) => status.history.some((h) => h.what.includes(text));
const times = (status: LifecycleStatus, text: string) => status.history.filter((h) => h.what.includes(text)).length;
const asked = trips(120, 7);
/** The trips that ask are of the kind that was learnt from: of 72 of them only limits as wide as their noise say "healthy". */
const monitor = {
  every: '1 day',
  policy: { minRows: 20, psiThreshold: 0.6, maxCalibrationGap: 0.2, maxAucLoss: 0.2 },
};

/** Each test goes on where the one before it ended. */
describe("a model's whole life, through the Temporal CLI", () => {
  it('makes a first version and waits for a person, who finds it in the inbox', async () => {
    await small.start('modelLifecycle', id, { ...smallLife(model, small.files), monitor });
    const { waitingFor, stage } = await reached((s) => s.waitingFor.length > 0);
    expect(stage).toBe('waiting for approval');
    expect(waitingFor[0]).toMatchObject({
      environment: 'production',
      version: 1,
      workflowId: 'deploy/trips/production',
    });
    const inbox = await until(async () => {
      const listed = await small.temporal('workflow', 'list', '-q', 'MlNeedsApproval=true', '-o', 'json');
      const ids = (JSON.parse(listed) as { execution: { workflowId: string } }[]).map((w) => w.execution.workflowId);
      return ids.length > 0 ? ids : null;
    });
    expect(inbox).toEqual([id]);
    expect((await small.ask(model, known(asked[0]!))).status).toBe(404);
  });

  it('shows the exact line that approves, and that line approves', async () => {
    const [line] = approvalLines(await small.details(id));
    expect((await life.status()).answerWith).toContain(line);
    expect(approvalLines(await small.details('deploy/trips/production'))).toEqual([line]);
    await small.shell(line!.replace('you@example.com', by));
    const status = await reached((s) => serving(s) === 1);
    expect(status.waitingFor).toEqual([]);
    expect(status.history.map((h) => h.what)).toContain(`${by} approved version 1 for production`);
  });

  it('answers requests and names the version that answered', async () => {
    const answers = await Promise.all(asked.map((trip, i) => small.ask(model, known(trip), `ask-${i}`)));
    expect(new Set(answers.map((a) => `${a.status} ${a.version}`))).toEqual(new Set(['200 1']));
    expect(answers[0]?.body['predictions']).toEqual({ probability: [expect.any(Number)] });
  });

  it('takes true outcomes by POST and by signal', async () => {
    const outcomes = asked.map((trip, i) => ({ requestId: `ask-${i}`, outcome: trip.delay > 15 }));
    const posted = await small.post('/v1/outcomes', { by: 'billing', outcomes: outcomes.slice(0, 60) });
    expect(posted.status).toBeLessThan(300);
    await small.signal(id, 'recordOutcomes', { by: 'billing', outcomes: outcomes.slice(60) });
    const logged = async () => Number((await small.rows('select count(*) from v_prediction_log'))[0]?.['count']);
    await until(async () => (await logged()) === asked.length);
  });

  it('monitors by a Schedule that the lifecycle owns', async () => {
    const described = JSON.parse(await small.temporal('schedule', 'describe', '-s', monitorSchedule, '-o', 'json'));
    expect(JSON.stringify(described)).toContain('monitorModel');
    await until(async () => {
      await small.temporal('schedule', 'trigger', '-s', monitorSchedule);
      const { info } = await small.client.schedule.getHandle(monitorSchedule).describe();
      const action = info.recentActions.at(-1)?.action;
      if (action?.type !== 'startWorkflow') return null;
      const result = (await small.client.workflow.getHandle(action.workflow.workflowId).result()) as MonitorResult;
      expect(result).toMatchObject({ model, version: 1, predictions: 72, outcomes: 72 });
      expect(result).toMatchObject({ verdict: 'healthy', driftedColumns: [], badWindows: 0, retrainAsked: false });
      const { rocAuc, rows } = result.quality as { rocAuc: number; rows: number };
      expect(rows).toBe(72);
      expect(rocAuc).toBeGreaterThan(0.7);
      return result;
    });
  });

  it('retrains on a signal; a second trigger meanwhile is recorded and not acted on', async () => {
    await small.signal(id, 'retrain', { by, reason: 'more trips' });
    await small.signal(id, 'retrain', { by: 'bob@example.com', reason: 'me too' });
    const status = await reached((s) => s.waitingFor.length > 0);
    expect(status.waitingFor[0]).toMatchObject({ version: 2 });
    expect(status.triggersNotActedOn).toEqual([
      expect.objectContaining({ by: 'bob@example.com', reason: 'me too: retraining 1 is under way' }),
    ]);
    expect(serving(status)).toBe(1);
  });

  it('puts the approved challenger in front of a share of requests, then of all', async () => {
    expect(await small.update(id, 'decide', { decision: 'approve', by, version: 2 })).toMatchObject({
      result: { accepted: true },
    });
    const status = await reached(said('retraining promoted'));
    expect(serving(status)).toBe(2);
    expect(endpoint(status)?.routes.previous?.version).toBe(1);
    expect((await small.ask(model, known(asked[0]!))).version).toBe(2);
    const changes = await small.rows('select change, version from endpoint_change order by seq');
    expect(changes.map((c) => `${c['change']} ${c['version']}`)).toEqual([
      'candidate 1',
      'promoted 1',
      'candidate 2',
      'promoted 2',
    ]);
  });

  it('keeps the champion when retraining makes the same model again', async () => {
    await small.signal(id, 'retrain', { by, reason: 'the same data again' });
    const status = await reached(said('retraining kept'));
    expect(serving(status)).toBe(2);
    expect(status.waitingFor).toEqual([]);
  });

  it('rolls back on a signal; the same wish again changes nothing', async () => {
    await small.signal(id, 'rollback', { by, reason: 'late answers' });
    await until(async () => (await small.ask(model, known(asked[0]!))).version === 1);
    await small.signal(id, 'rollback', { by, reason: 'still late' });
    const status = await reached(said('changed nothing'));
    expect(serving(status)).toBe(1);
    expect(times(status, 'rolled production back')).toBe(1);
    expect(status.counts.refused).toBe(0);
  });

  it('rolls back on an update, to a named version, and answers when the servers have it', async () => {
    expect(await small.update(id, 'rollback', { by, reason: 'forth', toVersion: 2 })).toMatchObject({
      result: { accepted: true, message: 'version 2 serves production' },
    });
    expect((await small.ask(model, known(asked[0]!))).version).toBe(2);
    expect(await small.update(id, 'rollback', { by, reason: 'again', toVersion: 2 })).toMatchObject({
      result: { accepted: true, message: 'version 2 serves production already' },
    });
    expect(await small.update(id, 'rollback', { by, reason: 'too far', toVersion: 9 })).toMatchObject({
      result: { accepted: false, message: expect.stringContaining('version 9 is not kept warm') },
    });
  });

  it('changes nothing by break-glass either, where the last change was a rollback', async () => {
    const before = endpoint(await life.status());
    const door = { model, environment: 'production', rollback: { by, reason: 'the door' } };
    await small.start('deployModel', 'deploy/trips/production/rollback', door);
    const result = await small.client.workflow.getHandle('deploy/trips/production/rollback').result();
    const reasons = [expect.stringContaining('name "toVersion" to go further')];
    expect(result).toMatchObject({ outcome: 'unchanged', serving: 2, reasons });
    expect(endpoint(await life.status())).toEqual(before);
  });

  it('is commanded from the command line: 1 and the reason for a refusal, 0 and a word for what changes nothing', async () => {
    const cli = (line: string) => small.shell(`MLOPS_ACTOR=ana@example.com node scripts/temporal-mlops.mjs ${line}`);
    const failing = (line: string) => cli(line).then(expect.unreachable, (e: { code: number; stderr: string }) => e);
    expect(await cli(`rollback ${model} --to-version 2`)).toMatch(/^nothing was changed: version 2 serves production/);
    const tooFar = await failing(`rollback ${model} --to-version 9`);
    expect(tooFar).toMatchObject({ code: 1, stderr: expect.stringMatching(/^refused: .*version 9 is not kept warm/) });
    for (const line of [`approve ${model}`, `approve ${model} --reject`])
      expect(await failing(line)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^NOTHING_WAITING: /) });
    const unknown = await failing('lineage trpis@1');
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_FOUND: .*"trpis@1".*flights@1.*not shipped yet/s),
    });
  });

  it('pauses and resumes', async () => {
    await small.signal(id, 'pause', { by, reason: 'freeze' });
    await small.signal(id, 'retrain', { by, reason: 'during the freeze' });
    const paused = await reached((s) => s.triggersNotActedOn.length === 2);
    expect(paused).toMatchObject({ paused: true, stage: 'paused' });
    expect(paused.triggersNotActedOn[1]?.reason).toBe('during the freeze: the model is paused');
    await small.signal(id, 'resume', { by });
    expect((await reached((s) => !s.paused)).stage).toBe('serving');
  });

  it('can say what made a prediction, back to the sources, and who let it through', async () => {
    const cli = ['node', 'scripts/temporal-mlops.mjs', 'lineage', 'ask-0', '--json'].join(' ');
    const { nodes: steps } = JSON.parse(await small.shell(cli)) as LineageGraph;
    const kinds = steps.map((step) => step.kind);
    for (const kind of ['prediction', 'modelVersion', 'approval', 'run', 'labelledDataset', 'dataset', 'source'])
      expect(kinds).toContain(kind);
    const step = (kind: string) => JSON.stringify(steps.find((s) => s.kind === kind));
    expect(step('approval')).toContain(by);
    expect(step('modelVersion')).toContain('trips@1');
    expect(step('source')).toContain('first.csv');
    expect(step('code')).toMatch(/[0-9a-f]{64}/);
  });

  it('ends when it is retired: nothing serves, no Schedule is left', async () => {
    await small.signal(id, 'retire', { by, reason: 'replaced' });
    const result = (await small.client.workflow.getHandle(id).result()) as LifecycleResult;
    expect(result).toEqual({ model, retiredBy: by, reason: 'replaced' });
    expect((await small.ask(model, known(asked[0]!))).status).toBe(404);
    await expect(small.client.schedule.getHandle(monitorSchedule).describe()).rejects.toThrow(/not found/i);
  });

  it('leaves a ledger that verifies, with every outcome in it', async () => {
    const verified = await small.verify();
    expect(verified).toMatchObject({ ok: true, faults: [] });
    expect(verified.facts).toBeGreaterThan(15);
    expect(await small.rows('select count(*)::int as outcomes from outcome')).toEqual([{ outcomes: asked.length }]);
  });
});

/** What is folded to fit its frame is one line to a shell. */
const approvalLines = (markdown: string) =>
  markdown
    .replaceAll(' \\\n  ', ' ')
    .split('\n')
    .filter((line) => line.startsWith('temporal workflow signal') && line.includes('--name approve'));
