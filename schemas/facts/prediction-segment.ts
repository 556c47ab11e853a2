import { z } from 'zod';
import { Digest, EnvironmentName } from '../primitives.js';
import { factOf } from './base.js';

/** A segment of the prediction log is stored. */
export const PredictionSegmentFact = factOf(
  'predictionSegment',
  z.strictObject({
    environment: EnvironmentName,
    digest: Digest,
    rows: z.number().int(),
    sizeBytes: z.number().int(),
    lost: z.number().int(),
  }),
);
