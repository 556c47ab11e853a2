import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Digest, failure, ModelSignature } from '../../schemas/index.js';
import { measureBytes } from '../files/hashing.js';
import { childMain } from '../processes/child-main.js';
import { scoreModel } from './scoring.js';

export const ScoringJob = z.strictObject({
  modelFile: z.string(),
  modelDigest: Digest,
  rowsFile: z.string(),
  signature: ModelSignature.pick({ inputs: true, output: true }),
});
export type ScoringJob = z.infer<typeof ScoringJob>;

/** Process entry: a model of strangers may hang or eat memory, so it never runs in the worker. */
await childMain(async (input) => {
  const job = ScoringJob.parse(input);
  const model = await readFile(job.modelFile);
  if (measureBytes(model).digest !== job.modelDigest) {
    throw failure('BLOB_CORRUPT', 'The model file does not have its digest.', { expected: job.modelDigest });
  }
  const rows = JSON.parse(await readFile(job.rowsFile, 'utf8'));
  const { answers, precision } = await scoreModel(model, job.signature, rows);
  return { answers: Array.from(answers), precision };
});
