import { z } from 'zod';
import { Digest, MatrixMeta, Metrics } from '../../schemas/index.js';
import { RunHeader } from './run-document.js';

/** What a trial's process is asked for. */
export const TrialJob = z.strictObject({
  header: RunHeader,
  meta: MatrixMeta,
  matrixFile: z.string(),
  rowsFile: z.string(),
  /** the trainer's own folder, which is made for it */
  directory: z.string(),
  /** where to write the run document */
  runFile: z.string(),
  /** URL of the compiled file that exports the trainer; null for one of ours */
  module: z.string().nullable(),
});
export type TrialJob = z.infer<typeof TrialJob>;

/** What it answers; the run document is in `runFile`, the model in `modelFile`. */
export const TrialOutcome = z.strictObject({
  modelDigest: Digest,
  modelFile: z.string(),
  validation: Metrics,
  test: Metrics,
  seconds: z.number(),
});
export type TrialOutcome = z.infer<typeof TrialOutcome>;
