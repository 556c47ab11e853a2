import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { DigestOrNone, factOf } from './base.js';

/**
 * A lifecycle began, was given another specification, or was retired. The newest one of a model says whether it lives; the
 * newest with a specification, what whoever starts its owner again starts it with.
 */
export const LifecycleChangeFact = factOf(
  'lifecycleChange',
  z.strictObject({
    model: ModelName,
    change: z.enum(['started', 'configured', 'retired']),
    /** null where no message said so: a start names nobody */
    by: z.string().nullable(),
    reason: z.string().nullable(),
    /** the fields that a configuration changed */
    fields: z.array(z.string()),
    /** the whole specification from now on; null where the model is retired */
    specification: z.record(z.string(), z.unknown()).nullable(),
    /** an unsigned answer at a gate counts for nothing; once true it stays so */
    signaturesRequired: z.boolean(),
    at: z.string(),
  }),
).extend({ digest: DigestOrNone });
export type LifecycleChangeFact = z.infer<typeof LifecycleChangeFact>;
