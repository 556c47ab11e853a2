import { z } from 'zod';
import { Digest, EnvironmentName, ModelName } from '../primitives.js';
import { factOf } from './base.js';

/** What many segments hold of one model and data day is stored once more, in columns; its edges name the segments. */
export const PredictionPartFact = factOf(
  'predictionPart',
  z.strictObject({
    environment: EnvironmentName,
    model: ModelName,
    /** UTC, `2001-04-18` */
    day: z.iso.date(),
    digest: Digest,
    rows: z.number().int(),
    sizeBytes: z.number().int(),
    segments: z.number().int(),
  }),
);
