import { z } from 'zod';
import { Digest, ModelName } from '../primitives.js';
import { factOf } from './base.js';

/** A run was packaged; equal packages keep the version that they have. */
export const ModelVersionFact = factOf(
  'modelVersion',
  z.strictObject({
    model: ModelName,
    runId: z.string(),
    modelDigest: Digest,
    packageDigest: Digest,
    datasetDigest: Digest,
    files: z.array(z.strictObject({ path: z.string(), digest: Digest, sizeBytes: z.number().int() })),
  }),
);
