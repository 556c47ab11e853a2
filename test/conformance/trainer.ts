import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Place } from '../../activities/adapter.js';
import { OnnxModel } from '../../activities/onnx/onnx-model.js';
import { encodeRows, type RawColumns } from '../../activities/onnx/raw-columns.js';
import { copiedRows } from '../../activities/train/copied-rows.js';
import { interfaceOf } from '../../activities/train/measure-model.js';
import { ParityCheck } from '../../activities/train/parity.js';
import type { Trainer, TrainingJob } from '../../activities/trainers/trainer.js';
import type { Column, Feature, Task } from '../../schemas/index.js';
import { meanOf } from '../../statistics/moments.js';
import { seededRandom } from '../../statistics/random.js';
import { tasks } from '../../statistics/tasks/tasks.js';

/** Every type of column, under names that no code likes. */
const inputs: Column[] = [
  { name: 'when it "left"', type: 'timestamp' },
  { name: 'größe', type: 'number' },
  { name: 'count', type: 'integer' },
  { name: "it's", type: 'boolean' },
  { name: '都市', type: 'string' },
];
const [when, size, count, flag, city] = inputs.map(({ name }) => name) as [string, string, string, string, string];
const features: Feature[] = [
  { kind: 'minuteOfDay', name: 'minute', column: when },
  { kind: 'dayOfWeek', name: 'day', column: when },
  { kind: 'numeric', name: 'size', column: size },
  { kind: 'numeric', name: 'count', column: count },
  { kind: 'boolean', name: 'flag', column: flag },
  { kind: 'targetMean', name: 'city', column: city, categories: ['Köln', '東京'], means: [0.2, 0.7], fallback: 0.4 },
];

/** Rows of which one value in eight is missing; the label follows size and city. */
function drawn(task: Task, rows: number, seed: string) {
  const random = seededRandom(seed);
  const column = <T>(value: () => T) => Array.from({ length: rows }, () => (random() < 0.125 ? null : value()));
  const raw = {
    [when]: column(() => Math.floor((random() - 0.5) * 1e12)),
    [size]: column(() => (random() - 0.5) * 1000),
    [count]: column(() => Math.floor(random() * 50)),
    [flag]: column(() => random() < 0.5),
    [city]: column(() => ['Köln', '東京', 'Łódź'][Math.floor(random() * 3)] as string),
  } satisfies RawColumns;
  const scores = raw[size]!.map((value, i) => Number(value ?? 0) / 200 + (raw[city]![i] === '東京' ? 2 : -1));
  const label = (score: number) => (task === 'binary' ? Number(score + random() > 0.5) : 1e6 + 10 * score + random());
  const columns = encodeRows(features, raw);
  return { raw, matrix: { rows, columns, labels: Float64Array.from(scores, label) } };
}

function jobOf(task: Task, parameters: unknown) {
  const train = drawn(task, 400, 'train');
  const validation = drawn(task, 150, 'validation');
  const copies = copiedRows(inputs, validation.raw);
  const copied = encodeRows(features, copies);
  const questions = [validation.matrix, { rows: copied[0]!.length, columns: copied }];
  const job: TrainingJob = {
    task,
    inputs,
    complete: [],
    features,
    train: train.matrix,
    validation: validation.matrix,
    questions,
    parameters,
    seed: 7,
  };
  return { job, asked: [validation.raw, copies] as const };
}

/** What every trainer promises (see the port), on whichever adapter. */
export function describeTrainer(trainer: Trainer): void {
  describe(`${trainer.kind} as a trainer`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-trainer-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const placeOf = (): Place => ({
      directory: mkdtempSync(join(folder, 'place-')),
      signal: new AbortController().signal,
      secret: (secret) => Promise.reject(new Error(`no secret ${secret}`)),
      say: (progress) => JSON.stringify(progress),
    });

    it('has a space of parameters that it takes', () => {
      const defaults = Object.entries(trainer.space).map(([name, [value]]) => [name, value]);
      expect(trainer.options.safeParse(Object.fromEntries(defaults)).success).toBe(true);
    });

    it('refuses a parameter that it does not know, and names it', async () => {
      const { job } = jobOf(trainer.tasks[0]!, { flavour: 'mint' });
      const training = async () =>
        trainer.train({ ...job, parameters: trainer.options.parse(job.parameters) }, placeOf());
      await expect(training()).rejects.toThrow(/flavour/);
    });

    describe.each(trainer.tasks)('for a %s label', (task) => {
      const { job, asked } = jobOf(task, trainer.options.parse({}));

      it('gives the same bytes for the same job, below its folder, and leaves the job as it was', async () => {
        const before = structuredClone(job);
        const [first, second] = [placeOf(), placeOf()];
        const [one, two] = [await trainer.train(job, first), await trainer.train(job, second)];
        expect(relative(first.directory, one.model).startsWith('..')).toBe(false);
        expect(readFileSync(one.model).equals(readFileSync(two.model))).toBe(true);
        expect([two.answers, two.notes]).toEqual([one.answers, one.notes]);
        expect(readdirSync(first.directory)).toEqual(readdirSync(second.directory));
        expect(job).toEqual(before);
      });

      it('answers every question, and its model answers the same from raw rows, whatever is missing', async () => {
        const { model, answers } = await trainer.train(job, placeOf());
        expect(answers.map(({ length }) => length)).toEqual(job.questions.map(({ rows }) => rows));
        const { answer } = tasks[task];
        const shape = interfaceOf({ signature: inputs, task });
        const opened = await OnnxModel.open(readFileSync(model), shape, () => Number.NaN);
        const check = new ParityCheck(inputs, {
          spread: answer.spread(job.train.labels),
          middle: meanOf(answers[0] ?? []),
        });
        for (const [block, raw] of asked.entries()) {
          const columns = inputs.map(({ name }) => raw[name] ?? []);
          const found = await opened.score(columns, job.questions[block]!.rows);
          expect([...found].filter((value) => !answer.fits(value))).toEqual([]);
          check.compare({ expected: answers[block] ?? [], answers: found, columns });
        }
        await opened.release();
        const rows = job.questions.reduce((sum, question) => sum + question.rows, 0);
        expect(check.result()).toMatchObject({ rows, rowsWithMissing: expect.any(Number) });
      });
    });
  });
}
