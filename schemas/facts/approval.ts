import { z } from 'zod';
import { ProvenBy } from '../approval.js';
import { Digest, EnvironmentName, ModelName, Version } from '../primitives.js';
import { factOf } from './base.js';

/** One person's answer at a gate, under the key `approval/<model>/<gate>/<by>`. */
export const ApprovalFact = factOf(
  'approval',
  z.strictObject({
    model: ModelName,
    version: Version,
    environment: EnvironmentName,
    gate: z.string(),
    modelDigest: Digest,
    evidenceDigest: z.string(),
    decision: z.enum(['approve', 'reject']),
    decidedBy: z.string(),
    comment: z.string().nullable(),
    decidedAt: z.string(),
    provenBy: ProvenBy,
    /** as it was given, for whoever checks it later; null where none was */
    signature: z.string().max(4000).nullable().default(null),
  }),
);
