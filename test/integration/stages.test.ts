import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { openStores } from '../../activities/stores/postgres/open-stores.js';
import {
  type CollectResult,
  type DeployResult,
  type DeployStatus,
  errorCode,
  type LabelResult,
  type MonitorResult,
  type MonitorRun,
  type PackageResult,
  type RetrainResult,
  type TrainResult,
} from '../../schemas/index.js';
import { known, smallCanary, smallRecipe, trips } from '../../scripts/bench/small-model.js';
import { type RunningPages, servePages } from '../../scripts/pages/page-server.js';
import { startPage } from '../../scripts/pages/start-page.js';
import { freePort } from '../../scripts/servers/free-port.js';
import { predictions } from './ledger-facts.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const by = 'ana@example.com';
let small: SmallStack;
let pages: RunningPages;

beforeAll(async () => {
  const port = await freePort();
  small = await openSmallStack({ MLOPS_PAGES_URL: `http://127.0.0.1:${port}` });
  const { environment } = small.stack;
  pages = await servePages({
    port,
    environment,
    start: (fleet) => startPage({ uiUrl: 'http://127.0.0.1:8233', serverUrl: small.stack.serverUrl }, fleet),
  });
});
afterAll(async () => {
  await pages?.stop();
  await small?.stop();
});

const resultOf = <T>(id: string) => small.client.workflow.getHandle(id).result() as Promise<T>;
async function ran<T>(type: string, id: string, input: object): Promise<T> {
  await small.start(type, id, input);
  return resultOf<T>(id);
}
const waiting = (model: string) => statusWhen(small.life(model), (s) => s.waitingFor.length > 0);
const deploy = 'deploy/alone/production';

/** What a browser would send for a page that lets its own name point to this machine. */
function askedAs(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(new URL(path, pages.url), { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}

async function makeVersion(model: string, seed: number): Promise<PackageResult> {
  const { train } = smallRecipe('alone', '');
  await ran('trainModel', `train/${model}`, { model, dataset: { name: 'alone-labelled' }, ...train, seed });
  return ran('packageModel', `package/${model}`, { model });
}

/** Predictions of a version that nobody packaged, as a server would ship them. */
async function logUnknownVersion(model: string, day: string): Promise<void> {
  const stores = await openStores({ databaseUrl: small.stack.environment['DATABASE_URL'] ?? '' });
  const blobs = openBlobStore(small.stack.environment['BLOB_URL'] ?? '');
  const records = predictions(model, 30, { prefix: 'unknown', day: `${day}T12:00:00.000Z` }).map((record) => ({
    ...record,
    version: 99,
  }));
  const blob = await blobs.put(Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join('')));
  await stores.predictions.appendSegment({ environment: 'production', ...blob, lost: 0 }, records);
  await Promise.all([stores.close(), blobs.close()]);
}

/** Each test goes on where the one before it ended. */
describe('each stage, started alone', () => {
  it('collectData makes a dataset version; equal content is the same version', async () => {
    const input = {
      dataset: 'alone',
      sources: [{ name: 'trips', path: small.files.first }],
      window: { column: 'began', from: '2024-01-02' },
      expectations: [{ kind: 'range', column: 'delay', max: 45, severity: 'quarantine' }],
    };
    const first = await ran<CollectResult>('collectData', 'collect/alone', input);
    expect(first).toMatchObject({ dataset: { name: 'alone', version: 1 }, isNew: true });
    expect(first.rows + first.validation.rowsQuarantined).toBe(1200 - 72);
    const again = await ran<CollectResult>('collectData', 'collect/alone', input);
    expect(again).toMatchObject({ dataset: first.dataset, isNew: false });
  });

  it('labelData adds the label and says what it was made of', async () => {
    const { label } = smallRecipe('alone', '');
    const labelled = await ran<LabelResult>('labelData', 'label/alone', { dataset: { name: 'alone' }, ...label });
    expect(labelled).toMatchObject({
      dataset: { name: 'alone-labelled', version: 1 },
      labelType: 'binary',
      outcomeColumns: ['delay'],
    });
  });

  it('trainModel searches and names the best run; the label and its outcome are no features', async () => {
    const { train } = smallRecipe('alone', '');
    const best = await ran<TrainResult>('trainModel', 'train/alone', {
      model: 'alone',
      dataset: { name: 'alone-labelled' },
      ...train,
    });
    expect(best).toMatchObject({ model: 'alone', trainer: 'linear', beatsBaseline: true });
    expect(best.features.map((f) => f.column)).not.toContain('delay');
    expect(best.trials).toHaveLength(2);
  });

  it('packageModel makes one version of one run, however often', async () => {
    const packaged = await ran<PackageResult>('packageModel', 'package/alone', { model: 'alone' });
    expect(packaged).toMatchObject({ model: 'alone', version: 1, isNew: true });
    expect(packaged.parity.maxDifference).toBeLessThan(1e-5);
    const again = await ran<PackageResult>('packageModel', 'package/alone', { model: 'alone' });
    expect(again).toMatchObject({ version: 1, packageDigest: packaged.packageDigest, isNew: false });
  });

  it('deployModel starts the owner, waits, and passes on an approval that is sent to itself', async () => {
    await small.start('deployModel', deploy, { model: 'alone', environment: 'production', canary: smallCanary });
    await waiting('alone');
    expect(await small.details(deploy)).toContain('waits for approval');
    await small.signal(deploy, 'approve', { by, version: 1 });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({
      outcome: 'promoted',
      version: 1,
      approvedBy: by,
      serving: 1,
    });
  });

  it('deployModel ends as rejected, with the reason, when a person rejects it', async () => {
    expect(await makeVersion('alone', 2)).toMatchObject({ version: 2 });
    await small.start('deployModel', deploy, { model: 'alone', canary: smallCanary });
    await waiting('alone');
    await small.signal('lifecycle/alone', 'reject', { by, comment: 'calibration is off' });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({
      outcome: 'rejected',
      version: 2,
      reasons: [`${by} rejected it: calibration is off`],
      serving: 1,
    });
    const status = await small.life('alone').status();
    expect(status.endpoints[0]?.routes.current?.version).toBe(1);
  });

  it('deployModel shows where it stands and what speaks for the version, and hands updates on with their answers', async () => {
    await small.start('deployModel', deploy, { model: 'alone', evidence: ['ticket 7'], canary: smallCanary });
    await waiting('alone');
    const handle = small.client.workflow.getHandle(deploy);
    const status = await handle.query<DeployStatus>('status');
    expect(status).toMatchObject({
      phase: 'waiting for approval',
      version: 2,
      owner: 'lifecycle/alone',
      outcome: null,
    });
    expect(status.evidence).toEqual(
      expect.arrayContaining([
        'said at its start: ticket 7',
        expect.stringMatching(/^test split: .*log loss 0\.\d+.* rows$/),
        expect.stringContaining('run '),
        'version 2 is the same model as version 1, which serves',
        expect.stringMatching(/calibration: gap 0\.\d+ /),
        `read more: ${pages.url}/models/alone/versions/2; npx temporal-mlops report alone`,
      ]),
    );
    expect(status.answerWith[0]).toContain('--name approve');
    expect(await small.details('lifecycle/alone')).toContain('ticket 7');
    const wrong = handle.executeUpdate('decide', { args: [{ decision: 'maybe' }] });
    expect(await wrong.catch(errorCode)).toBe('InvalidInput');
    const other = handle.executeUpdate('decide', { args: [{ decision: 'approve', by, version: 9 }] });
    expect(await other.catch(errorCode)).toBe('NOTHING_WAITING');
    expect(await small.update(deploy, 'decide', { decision: 'reject', by, comment: 'too late' })).toMatchObject({
      result: { accepted: true, message: 'rejected version 2 for production' },
    });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({ outcome: 'rejected', serving: 1 });
    expect(await handle.query<DeployStatus>('status')).toMatchObject({ phase: 'ended', outcome: 'rejected' });
  });

  it('deployModel means its own endpoint when it hands an answer on, also where another waits', async () => {
    const staging = 'deploy/alone/staging';
    await small.start('deployModel', deploy, { model: 'alone', canary: smallCanary });
    await small.start('deployModel', staging, { model: 'alone', environment: 'staging', canary: smallCanary });
    await statusWhen(small.life('alone'), (s) => s.waitingFor.length === 2);
    await small.signal(staging, 'reject', { by });
    expect(await resultOf<DeployResult>(staging)).toMatchObject({ outcome: 'rejected', environment: 'staging' });
    await small.update(deploy, 'decide', { decision: 'reject', by });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({ outcome: 'rejected', environment: 'production' });
  });

  it('deployModel hands a rollback on: its candidate is stopped and the version before serves', async () => {
    const slow = { ...smallCanary, duration: '5 minutes', minRequests: 0 };
    await small.start('deployModel', deploy, { model: 'alone', version: 2, canary: slow });
    await waiting('alone');
    await small.update(deploy, 'decide', { decision: 'approve', by });
    await statusWhen(small.life('alone'), (s) => s.endpoints[0]?.pushed && s.endpoints[0].routes.candidate !== null);
    expect(await small.client.workflow.getHandle(deploy).query<DeployStatus>('status')).toMatchObject({
      phase: 'rolling out',
      approvedBy: by,
    });
    expect(await small.update(deploy, 'rollback', { by, reason: 'late answers' })).toMatchObject({
      result: { accepted: true, message: 'version 1 serves production' },
    });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({
      outcome: 'rolledBack',
      serving: 1,
      reasons: [`${by} rolled back: late answers`],
    });
  });

  it('deployModel gives up when nobody answers in time, and its gate closes', async () => {
    const input = { model: 'alone', canary: smallCanary, approvalTimeout: '1 second' };
    const result = await ran<DeployResult>('deployModel', deploy, input);
    expect(result).toMatchObject({ outcome: 'rejected', reasons: ['nobody answered within 1 second'], serving: 1 });
    await statusWhen(small.life('alone'), (s) => s.waitingFor.length === 0);
  });

  it('deployModel fails at once for a version that is not there', async () => {
    const failed = await ran('deployModel', deploy, { model: 'alone', version: 9 }).catch(errorCode);
    expect(failed).toBe('VERSION_NOT_FOUND');
  });

  it('monitorModel fails at once for a model that was never packaged', async () => {
    const failed = await ran('monitorModel', 'monitor/nobody/production', { model: 'nobody' }).catch(errorCode);
    expect(failed).toBe('VERSION_NOT_FOUND');
  });

  it('monitorModel says when there is nothing to look at, and judges a day that is complete', async () => {
    const monitor = () =>
      ran<MonitorResult>('monitorModel', 'monitor/alone/production', {
        model: 'alone',
        environment: 'production',
        policy: { minRows: 20 },
      });
    expect(await monitor()).toMatchObject({ verdict: 'nothingToLookAt', report: null });
    const asked = trips(100, 7).map(known);
    await Promise.all(asked.map((trip, i) => small.ask('alone', trip, `alone-${i}`)));
    const seen = await until(async () => {
      const result = await monitor();
      return result.verdict === 'nothingToLookAt' ? null : result;
    });
    expect(seen).toMatchObject({ version: 1, window: { from: '2024-01-01T00:00:00.000Z' }, predictions: 72 });
    expect(seen.report?.uri).toMatch(/^file:/);
    expect(seen.report?.url).toBe(`${pages.url}/models/alone/reports/production/2024-01-01`);
    expect(await small.details('monitor/alone/production')).toContain(`[report](${seen.report?.url})`);
  });

  it('what it links to opens in a browser: the report, the card, and every model with both', async () => {
    const page = async (path: string, how: RequestInit = {}) => {
      const answer = await fetch(new URL(path, pages.url), how);
      return {
        status: answer.status,
        policy: answer.headers.get('content-security-policy'),
        text: await answer.text(),
      };
    };
    const report = '/models/alone/reports/production/2024-01-01';
    expect(await page(report)).toMatchObject({ status: 200, policy: expect.stringContaining("default-src 'none'") });
    for (const path of [report, '/models/alone/reports/production', `${report}/2024-01-02`])
      expect((await page(path)).text).toContain('alone@1');
    expect((await page('/models/alone/versions/1')).text).toMatch(/<pre class="card">[^]*alone/);
    const first = await until(async () => {
      const { text } = await page('/');
      return text.includes('href="/models/alone/reports/production"') ? text : null;
    });
    expect(first).toContain('href="/models/alone/versions/1"');
    expect(first).toContain('/workflows/lifecycle%2Falone"');
    const later = '/models/alone/reports/production/2024-01-01T06:00:00Z';
    for (const path of [
      '/models/alone/versions/9',
      later,
      '/models/nobody/reports/production/2024-01-01',
      '/blobs',
      '/..%2f',
    ])
      expect([path, (await page(path)).status]).toEqual([path, 404]);
    expect((await page(report, { method: 'POST' })).status).toBe(405);
    expect(await askedAs('elsewhere.example', report)).toBe(421);
  });

  it('monitorModel works through every day that is due, past one that cannot be looked at', async () => {
    await logUnknownVersion('alone', '2024-01-03');
    const [trip] = trips(1).map(known);
    const days = [...Array<string>(30).fill('2024-01-04'), '2024-01-05'];
    for (const [i, day] of days.entries()) await small.ask('alone', { ...trip, began: `${day}T12:00:00Z` }, `due-${i}`);
    await until(async () => {
      const [logged] = await small.rows(
        `select count(*)::int as rows from v_prediction_log where request_id like 'due-%'`,
      );
      return logged?.['rows'] === days.length;
    });
    const input = { model: 'alone', environment: 'production', policy: { minRows: 20 } };
    const run = await ran<MonitorRun>('monitorModel', 'monitor/alone/production', input);
    expect(run.lookedAt.map(({ from }) => from.slice(0, 10))).toEqual(['2024-01-02', '2024-01-04']);
    expect(run).toMatchObject({ predictions: 30, window: { from: '2024-01-04T00:00:00.000Z' } });
    expect(run.failed).toEqual([
      {
        from: '2024-01-03T00:00:00.000Z',
        to: '2024-01-04T00:00:00.000Z',
        reason: expect.stringContaining('alone@99, which the ledger does not know'),
      },
    ]);
    const again = await ran('monitorModel', 'monitor/alone/production', input).catch(errorCode);
    expect(again).toBe('VERSION_NOT_FOUND');
  });

  it('deployModel as break-glass rollback rolls back by itself, and the owner takes it over', async () => {
    await small.start('deployModel', deploy, { model: 'alone', version: 2, canary: smallCanary });
    await waiting('alone');
    await small.signal(deploy, 'approve', { by });
    expect(await resultOf<DeployResult>(deploy)).toMatchObject({ outcome: 'promoted', serving: 2 });
    const generationOf = async () => (await small.life('alone').status()).endpoints[0]?.generation ?? 0;
    const before = await generationOf();
    const door = { model: 'alone', environment: 'production', rollback: { by, reason: 'late answers' } };
    const result = await ran<DeployResult>('deployModel', `${deploy}/rollback`, door);
    expect(result).toMatchObject({ outcome: 'rolledBack', serving: 1, reasons: ['late answers'] });
    const owner = await statusWhen(small.life('alone'), (s) => s.endpoints[0]?.routes.current?.version === 1);
    expect(owner.history.at(-1)?.what).toBe(`${by} rolled production back by break-glass: late answers`);
    expect(await generationOf()).toBeGreaterThan(before);
    const [trip] = trips(1).map(known);
    expect((await small.ask('alone', trip ?? {})).version).toBe(1);
  });

  it('modelLifecycle with nothing but a name owns the model and ends when it is retired', async () => {
    await small.start('modelLifecycle', 'lifecycle/idle', { model: 'idle' });
    expect(await until(() => small.life('idle').status())).toMatchObject({ stage: 'idle', waitingFor: [] });
    const { workflowId } = await small.life('idle').start({ model: 'idle', environment: 'production' });
    expect(workflowId).toBe('lifecycle/idle');
    const other = await small
      .life('idle')
      .start({ model: 'idle', environment: 'staging' })
      .catch((error: unknown) => error);
    expect(errorCode(other)).toBe('ALREADY_RUNNING');
    expect(rootMessage(other)).toContain('lifecycle/idle runs already with another input');
    await small.signal('lifecycle/idle', 'retire', { by, reason: 'a mistake' });
    expect(await resultOf('lifecycle/idle')).toEqual({ model: 'idle', retiredBy: by, reason: 'a mistake' });
  });
});

describe('an id that runs already', () => {
  const running = 'deploy/joined/production';
  const retrain = (canary: object) => ({ model: 'joined', recipe: smallRecipe('joined', small.files.first), canary });

  /** Its first version, which a person rejects. */
  beforeAll(async () => {
    await small.start('retrainModel', 'retrain/joined', retrain(smallCanary));
    await waiting('joined');
    await small.signal('lifecycle/joined', 'reject', { by });
    await resultOf<RetrainResult>('retrain/joined');
  });

  it('is given to a second start by the Temporal CLI, or refused where the start asks for that', async () => {
    const input = { model: 'joined', version: 1, canary: smallCanary };
    const { runId } = JSON.parse(await small.start('deployModel', running, input));
    await waiting('joined');
    expect(JSON.parse(await small.start('deployModel', running, input)).runId).toBe(runId);
    const strict = ['workflow', 'start', '--task-queue', 'mlops', '--type', 'deployModel', '-w', running];
    const refused = small.temporal(...strict, '--fail-existing', '-i', JSON.stringify(input));
    await expect(refused).rejects.toThrow(/already/i);
  });

  it('is refused to a parent with another input, which names what runs', async () => {
    const failed = await ran('retrainModel', 'retrain/joined', retrain({ ...smallCanary, share: 0.3 })).catch(
      (error: unknown) => error,
    );
    expect(errorCode(failed)).toBe('ALREADY_RUNNING');
    expect(rootMessage(failed)).toContain(`${running} runs already with another input`);
  });

  it('is joined by a parent with an equal input: one deployment, one approval, two answers', async () => {
    await small.start('retrainModel', 'retrain/joined', retrain(smallCanary));
    await until(async () => (await small.details('retrain/joined')).includes('waits for approval'));
    await small.signal('lifecycle/joined', 'approve', { by });
    expect(await resultOf<DeployResult>(running)).toMatchObject({ outcome: 'promoted', version: 1 });
    expect(await resultOf<RetrainResult>('retrain/joined')).toMatchObject({ outcome: 'promoted', challenger: 1 });
  });
});

const rootMessage = (error: unknown): string =>
  error instanceof Error ? (error.cause ? rootMessage(error.cause) : error.message) : String(error);
