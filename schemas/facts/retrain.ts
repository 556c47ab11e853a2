import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { DigestOrNone, factOf } from './base.js';

/** A retraining was asked for, and what came of it. */
export const RetrainFact = factOf(
  'retrain',
  z.strictObject({
    model: ModelName,
    trigger: z.string(),
    by: z.string(),
    outcome: z.enum(['started', 'notActedOn', 'promoted', 'kept', 'rejected']),
    reason: z.string(),
    at: z.string(),
  }),
).extend({ digest: DigestOrNone });
