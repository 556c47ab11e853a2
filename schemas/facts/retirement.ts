import { z } from 'zod';
import { Actor, Instant } from '../primitives.js';
import { DigestOrNone, factOf } from './base.js';

/** Everything that the index holds of predictions and outcomes before an instant is given up. */
export const RetirementFact = factOf(
  'retirement',
  z.strictObject({ before: Instant, by: Actor, reason: z.string() }),
).extend({ digest: DigestOrNone });
