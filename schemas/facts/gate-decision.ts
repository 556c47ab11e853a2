import { z } from 'zod';
import { Digest, EnvironmentName, ModelName, Version } from '../primitives.js';
import { factOf } from './base.js';

/** What the answers at a gate came to, under the key `decision/<model>/<gate>`. */
export const GateDecisionFact = factOf(
  'gateDecision',
  z.strictObject({
    model: ModelName,
    version: Version,
    environment: EnvironmentName,
    gate: z.string(),
    modelDigest: Digest,
    decision: z.enum(['approved', 'rejected']),
    decidedBy: z.array(z.string()).min(1),
    quorum: z.number().int().min(1),
    reason: z.string(),
    decidedAt: z.string(),
  }),
);
