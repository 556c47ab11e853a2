import { z } from 'zod';
import { Digest } from '../primitives.js';
import { factOf } from './base.js';

/** True outcomes came in. */
export const OutcomesFact = factOf(
  'outcomes',
  z.strictObject({ by: z.string(), rows: z.number().int(), digest: Digest }),
);
