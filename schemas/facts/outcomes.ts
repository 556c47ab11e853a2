import { z } from 'zod';
import { Digest } from '../primitives.js';
import { factOf } from './base.js';

/** True outcomes came in: one batch, a blob of `OutcomeRecord`s, one a line. */
export const OutcomesFact = factOf(
  'outcomes',
  z.strictObject({ digest: Digest, rows: z.number().int(), sizeBytes: z.number().int() }),
);
