import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { factOf } from './base.js';

/** A search ended, and this run was its best. */
export const BestRunFact = factOf(
  'bestRun',
  z.strictObject({ model: ModelName, runId: z.string(), objective: z.string(), trials: z.number().int() }),
);
