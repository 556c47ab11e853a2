import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  type CollectResult,
  errorCode,
  type LabelResult,
  type LifecycleStatus,
  type RegisteredName,
  registry,
  type TrainResult,
} from '../../schemas/index.js';
import { smallCanary, smallRecipe } from '../../scripts/bench/small-model.js';
import { queried } from '../activities/sql/queried.js';
import { openSmallStack, type SmallStack, statusWhen, until } from './small-stack.js';

const by = 'ana@example.com';
let small: SmallStack;

beforeAll(async () => {
  small = await openSmallStack();
});
afterAll(async () => small?.stop());

interface Refusal {
  readonly code: string | null;
  readonly message: string;
  readonly details: { fields?: string[]; example?: unknown };
}

let count = 0;
/** What a workflow fails with; `args` are sent as they are. */
async function refusalOf(type: string, ...args: unknown[]): Promise<Refusal> {
  const options = { workflowId: `bad/${type}/${count++}`, taskQueue: 'mlops', args };
  return refused(small.client.workflow.execute(type, { ...options, workflowExecutionTimeout: '60 s' }));
}

async function refused(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (failed: unknown) => failed,
  );
  const root = rootOf(error) as Error & { details?: object[] };
  return { code: errorCode(error), message: root.message, details: root.details?.[0] ?? {} };
}

const rootOf = (error: unknown): Error =>
  error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : (error as Error);
const workflows = Object.entries(registry).filter(([, entry]) => entry.kind === 'workflow');

describe('a workflow that is started with a wrong input', () => {
  it.each(workflows.map(([type]) => type as RegisteredName))(
    '%s fails at once, names what is wrong and shows an input that works',
    async (type) => {
      const wrong = { dataset: 7, model: 'No Name', colour: 'red' };
      const [none, text, fields] = await Promise.all([
        refusalOf(type),
        refusalOf(type, 'flight-delay'),
        refusalOf(type, wrong),
      ]);
      for (const { code, message, details } of [none, text, fields]) {
        expect(code).toBe('InvalidInput');
        expect(message).toContain(`An input that works: ${JSON.stringify(details.example)}`);
        expect((registry[type].schema as z.ZodType).safeParse(details.example)).toMatchObject({ success: true });
      }
      expect(none.message).toContain(`${type} got no input`);
      expect(text.details.fields).toEqual(['input: invalid input: expected object, received string']);
      expect(fields.details.fields).toContain('colour: is not a known field');
      const named = type === 'collectData' || type === 'labelData' ? 'dataset: ' : 'model: must be a model name';
      expect(fields.details.fields?.some((field) => field.startsWith(named))).toBe(true);
    },
  );

  it('is told of the branch of a union that it most likely meant', async () => {
    const door = await refusalOf('deployModel', { model: 'm', rollback: { by } });
    expect(door.details.fields).toEqual([expect.stringMatching(/^rollback\.reason: /)]);
    const split = { validationFrom: '2024-01-01', testFrom: 'soon' };
    const train = await refusalOf('trainModel', { model: 'm', dataset: { name: 'd' }, split });
    expect(train.details.fields).toEqual([expect.stringMatching(/^split\.testFrom: must be a date/)]);
  });

  it('fails also when its input cannot be decoded', async () => {
    await small.client.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId: 'bad/undecodable',
      workflowType: { name: 'packageModel' },
      taskQueue: { name: 'mlops' },
      requestId: 'undecodable',
      input: { payloads: [broken('json/plain', '{"model": ')] },
    });
    const { code } = await refused(small.client.workflow.getHandle('bad/undecodable').result());
    expect(code).toBe('InvalidInput');
  });
});

const broken = (encoding: string, data: string) => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from(data),
});

describe('a message that makes no sense', () => {
  const model = 'target';
  const id = `lifecycle/${model}`;
  const status = () => small.life(model).status();
  /** What is shown once the workflow has taken so many messages. */
  const afterMessages = (messages: number) => statusWhen(small.life(model), (s) => s.counts.messages === messages);
  const withoutCounts = (status: LifecycleStatus) => ({ ...status, counts: null, refused: null });
  const sendRaw = (signalName: string, payload: ReturnType<typeof broken>) =>
    small.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: id },
      signalName,
      input: { payloads: [payload] },
      requestId: `${signalName}-${Math.random()}`,
    });

  beforeAll(async () => {
    await small.start('modelLifecycle', id, { model });
    await until(async () => (await small.rows(`select from lifecycle_change where model = '${model}'`)).length === 1);
    await statusWhen(small.life(model), (s) => s.ledgerBehindBy === 0);
  });

  it('changes nothing when it cannot be decoded, shows in the status, and the workflow lives', async () => {
    const before = await status();
    await sendRaw('approve', broken('binary/unknown', '\u0001\u0002'));
    await sendRaw('rollback', broken('json/plain', '{"by": "ana'));
    await sendRaw('retire', broken('json/protobuf', 'nothing'));
    await sendRaw('rolloutAsks', broken('', ''));
    const after = await afterMessages(4);
    expect(withoutCounts(after)).toEqual(withoutCounts(before));
    expect(after.counts).toEqual({ messages: 4, refused: 4, duplicates: 0 });
    expect(after.refused.map((r) => r.message)).toEqual(['approve', 'rollback', 'retire', 'rolloutAsks']);
    expect((await small.client.workflow.getHandle(id).describe()).status.name).toBe('RUNNING');
  });

  it('changes nothing when it is wrong, early or empty', async () => {
    await small.signal(id, 'approve', { by });
    await small.signal(id, 'rollback', { by, reason: 'nothing serves' });
    await small.signal(id, 'pause', { reason: 'who asks?' });
    await small.client.workflow.getHandle(id).signal('resume');
    const { refused, counts } = await afterMessages(8);
    const reasons = refused.slice(-4).map((r) => `${r.message}: ${r.reason}`);
    expect(reasons[0]).toBe('approve: NOTHING_WAITING: nothing waits for an approval now');
    expect(reasons[1]).toContain('rollback: NOTHING_TO_ROLL_BACK');
    expect(reasons[2]).toContain('pause: by: ');
    expect(reasons[3]).toContain('resume: input: ');
    expect(counts.refused).toBe(8);
  });

  it('refuses an update to its sender: with nothing waiting, and with a wrong body', async () => {
    const life = small.life(model);
    expect((await refused(life.decide({ decision: 'approve', by }))).code).toBe('NOTHING_WAITING');
    const handle = small.client.workflow.getHandle(id);
    const wrong = await refused(handle.executeUpdate('decide', { args: [{ decision: 'perhaps', by: '' }] }));
    expect(wrong.code).toBe('InvalidInput');
    expect(wrong.details.fields).toHaveLength(2);
    expect((await refused(handle.executeUpdate('rollback', { args: [] }))).code).toBe('InvalidInput');
    const { counts, refused: shown } = await status();
    expect(counts).toEqual({ messages: 9, refused: 9, duplicates: 0 });
    expect(shown.at(-1)).toMatchObject({ message: 'approve', code: 'NOTHING_WAITING' });
  });

  it('that is misspelt is refused with the one that was meant', async () => {
    await small.signal(id, 'aprove', { by });
    const { refused: shown } = await afterMessages(10);
    const reason = 'is not a message of a lifecycle; did you mean "approve"?';
    expect(shown.at(-1)).toMatchObject({ message: 'aprove', reason });
  });

  it('takes effect once when it is sent twice with one id', async () => {
    for (let i = 0; i < 2; i += 1) await small.signal(id, 'pause', { by, requestId: 'freeze-1' });
    const seen = await afterMessages(12);
    expect(seen).toMatchObject({ paused: true, counts: { duplicates: 1, refused: 10 } });
    await small.signal(id, 'resume', { by });
  });

  it('is refused when it names a version that does not wait, or comes after the answer', async () => {
    const waiting = 'lifecycle/late';
    const life = small.life('late');
    await small.start('retrainModel', 'retrain/late', {
      model: 'late',
      recipe: smallRecipe('late', small.files.first),
    });
    await statusWhen(life, (s) => s.waitingFor.length > 0);
    const stranger = await refused(life.decide({ decision: 'approve', by, version: 7 }));
    expect(stranger).toMatchObject({ code: 'NOTHING_WAITING', message: expect.stringContaining('waiting: version 1') });
    const forged = await refused(life.decide({ decision: 'approve', by, modelDigest: '0'.repeat(64) }));
    expect(forged.code).toBe('ANSWER_MISMATCH');
    await small.signal(waiting, 'reject', { by, version: 1 });
    await small.signal(waiting, 'approve', { by: 'too-late@example.com', version: 1 });
    const after = await statusWhen(life, (s) => s.refused.length > 2);
    expect(after.refused.map(({ message, code }) => [message, code])).toEqual([
      ['approve', 'NOTHING_WAITING'],
      ['approve', 'ANSWER_MISMATCH'],
      ['approve', 'NOTHING_WAITING'],
    ]);
    expect(await small.client.workflow.getHandle('retrain/late').result()).toMatchObject({ outcome: 'rejected' });
    expect(after.endpoints[0]?.routes.current ?? null).toBeNull();
  });

  it('fails a client at once when it is over 256 KiB, and a workflow cleanly when it makes such a payload', async () => {
    const large = { by, reason: 'x'.repeat(300_000) };
    const sent = await refused(small.client.workflow.getHandle(id).signal('retire', large));
    expect(sent).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limitBytes: 262_144 } });
    const input = { model: 'm', dataset: { name: 'd' }, features: Array.from({ length: 2000 }, () => 'x'.repeat(128)) };
    const room = 262_144 - JSON.stringify(input).length;
    input.features[0] += 'x'.repeat(room - 10);
    expect((await refusalOf('trainModel', input)).code).toBe('PAYLOAD_TOO_LARGE');
  });
});

describe('data with faults', () => {
  const write = (name: string, text: string) => {
    const path = join(small.sources, name);
    writeFileSync(path, text);
    return path;
  };
  const collecting = (path: string, more: object = {}) =>
    refusalOf('collectData', { dataset: `faulty-${count}`, sources: [{ name: 't', path }], ...more });
  const header = 'began,distance,city,delay';
  const hours = (rows: number) =>
    Array.from({ length: rows }, (_, i) => new Date(Date.UTC(2024, 0, 1, i)).toISOString().slice(0, 19));

  it('ends a collection with a code that says what is wrong with the source', async () => {
    const broken = write('broken.parquet', 'this is no Parquet');
    const empty = write('empty.csv', `${header}\n`);
    const needsFare = { expectations: [{ kind: 'notNull', column: 'fare' }] };
    const refusals = await Promise.all([
      collecting(join(small.sources, 'gone.csv')),
      collecting('/etc/hosts.csv'),
      collecting(broken),
      collecting(empty),
      collecting(small.files.first, needsFare),
      collecting(small.files.first, { expectations: [{ kind: 'rowCount', min: 5000 }] }),
    ]);
    expect(refusals.map((r) => r.code)).toEqual([
      'SOURCE_NOT_FOUND',
      'SOURCE_NOT_ALLOWED',
      'SOURCE_UNREADABLE',
      'EMPTY_DATASET',
      'SCHEMA_CHANGED',
      'EXPECTATION_FAILED',
    ]);
    expect(refusals[4]?.message).toContain('fare');
  });

  it('stops a lifecycle with the reason, and goes on after it was mended and resumed', async () => {
    const path = write(
      'mended.csv',
      `began,distance,city\n${hours(50)
        .map((at) => `${at},1,Oslo`)
        .join('\n')}\n`,
    );
    const life = small.life('mended');
    await small.start('modelLifecycle', 'lifecycle/mended', { model: 'mended', recipe: smallRecipe('mended', path) });
    const stopped = await until(async () => {
      const status = await life.status();
      return status.stage === 'stopped' ? status : null;
    });
    expect(stopped.problem).toContain('label failed: ');
    expect(stopped.problem).toContain('delay');
    expect(await small.details('lifecycle/mended')).toMatch(/--name resume \\\n {2}-i '/);
    await small.signal('lifecycle/mended', 'pause', { by });
    await small.signal('lifecycle/mended', 'resume', { by });
    const again = await until(async () => {
      const status = await life.status();
      return status.history.filter((h) => h.what.startsWith('label failed')).length === 2 ? status : null;
    });
    expect(again.stage).toBe('stopped');
  });

  it('refuses to train on one class', async () => {
    const rows = hours(400).map((at, i) => `${at},${i},Oslo,1`);
    const path = write('one-class.csv', [header, ...rows, ''].join('\n'));
    const failed = await refusalOf('retrainModel', { model: 'one-class', recipe: smallRecipe('one-class', path) });
    expect(failed.code).toBe('ONE_CLASS');
  });

  it('leaves out columns that teach nothing, and serves strange names, texts and numbers', async () => {
    const table = '"; drop table fact; --';
    const path = join(small.sources, 'strange.parquet');
    await queried(`COPY (
      SELECT TIMESTAMP '2024-01-01' + to_minutes(20 * i) AS began, CAST(NULL AS DOUBLE) AS nothing, 42 AS always,
        CASE WHEN i % 50 = 0 THEN 'NaN'::DOUBLE WHEN i % 51 = 0 THEN 'Infinity'::DOUBLE ELSE (i * 7919) % 1000 END AS distance,
        ['東京', 'Tromsø', '🚂', 'O''Hare "x"'][1 + i % 4] AS "город",
        (i * 31) % 17 AS "${table.replaceAll('"', '""')}",
        ((i * 7919) % 1000) / 50 + (i % 4) * 4 AS delay
      FROM range(1200) t(i)) TO '${path}' (FORMAT parquet)`);
    const { collect, label, train } = smallRecipe('strange', path);
    const run = <T>(type: string, id: string, input: object) =>
      small.client.workflow.execute(type, { workflowId: id, taskQueue: 'mlops', args: [input] }) as Promise<T>;
    const collected = await run<CollectResult>('collectData', 'collect/strange', collect);
    expect(collected.columns.map((c) => c.name)).toContain(table);
    const labelled = await run<LabelResult>('labelData', 'label/strange', { dataset: { name: 'strange' }, ...label });
    expect(labelled.rows).toBe(1200);
    const trained = await run<TrainResult>('trainModel', 'train/strange', {
      model: 'strange',
      dataset: { name: 'strange-labelled' },
      ...train,
    });
    expect(trained.refused.map((r) => r.column)).toEqual(expect.arrayContaining(['nothing', 'always', 'delay']));
    expect(trained.features.map((f) => f.column)).toEqual(expect.arrayContaining(['distance', 'город', table]));
    await run('packageModel', 'package/strange', { model: 'strange' });
    await small.start('deployModel', 'deploy/strange/production', { model: 'strange', canary: smallCanary });
    await statusWhen(small.life('strange'), (s) => s.waitingFor.length > 0);
    await small.signal('lifecycle/strange', 'approve', { by });
    await small.client.workflow.getHandle('deploy/strange/production').result();
    const signature = (await until(async () => {
      const response = await fetch(`${small.stack.serverUrl}/v2/models/strange`);
      return response.ok ? response.json() : null;
    })) as { inputs: { name: string }[] };
    const values: Record<string, unknown> = { began: '2024-02-01T00:00:00Z', distance: null, город: '🚂', [table]: 3 };
    const row = Object.fromEntries(signature.inputs.map(({ name }) => [name, values[name] ?? null]));
    const answer = await small.ask('strange', row, 'strange-1');
    expect(answer).toMatchObject({
      status: 200,
      version: 1,
      body: { predictions: { probability: [expect.any(Number)] } },
    });
    expect(await small.rows('select count(*) > 0 as there from fact')).toEqual([{ there: true }]);
    expect((await small.verify()).faults).toEqual([]);
  });
});
