import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../../schemas/index.js';
import { measureBytes } from '../files/hashing.js';
import { childEntry, runChild } from '../processes/child-process.js';
import type { ModelInterface } from './onnx-model.js';
import type { RawColumns } from './raw-columns.js';
import type { ScoredRows } from './scoring.js';
import type { ScoringJob } from './scoring-child.js';

export interface OnnxScoring {
  /** bytes that were checked against their digest */
  readonly model: Uint8Array;
  /** the dataset's columns that the model takes, and what it answers */
  readonly signature: ModelInterface;
  /** `rows[column][row]`: timestamps are epoch milliseconds, null is missing */
  readonly rows: RawColumns;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  /** scratch space; the system's when absent */
  readonly workDirectory?: string;
}

/** Far more than any admitted model needs for the rows of one job. */
const residentMb = 4096;

/**
 * One answer per row and what the model gives it in, by ONNX Runtime in a process of its own. NaN and infinity are answers like any other.
 *
 * Errors: MODEL_REFUSED when the model is not admitted or does not fit the rows, also when it runs past the deadline ·
 * CHILD_KILLED when it took the process with it.
 */
export async function scoreOnnx({ model, signature, rows, ...options }: OnnxScoring): Promise<ScoredRows> {
  const directory = await mkdtemp(join(options.workDirectory ?? tmpdir(), 'score-'));
  try {
    const job: ScoringJob = {
      modelFile: join(directory, 'model.onnx'),
      modelDigest: measureBytes(model).digest,
      rowsFile: join(directory, 'rows.json'),
      signature: { inputs: signature.inputs, output: signature.output },
    };
    await writeFile(job.modelFile, model);
    await writeFile(job.rowsFile, JSON.stringify(rows));
    return scored(await run(job, options));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function run(input: ScoringJob, { signal, deadlineMs = 300_000 }: Pick<OnnxScoring, 'signal' | 'deadlineMs'>) {
  const entry = childEntry('activities/onnx/scoring-child.js');
  return runChild({
    entry,
    input,
    signal,
    deadlineMs,
    deadlineCode: 'MODEL_REFUSED',
    residentMb,
    tooLargeCode: 'MODEL_REFUSED',
  });
}

/** JSON has no NaN: null stands for what is not finite. */
const Scored = z.strictObject({
  answers: z.array(z.number().nullable()),
  precision: z.enum(['float32', 'float64']),
});

function scored(result: unknown): ScoredRows {
  const parsed = Scored.safeParse(result);
  if (parsed.success)
    return { ...parsed.data, answers: Float64Array.from(parsed.data.answers, (value) => value ?? Number.NaN) };
  throw failure('MODEL_REFUSED', 'The scoring process gave no list of numbers.', { cause: parsed.error });
}
