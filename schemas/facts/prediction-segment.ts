import { z } from 'zod';
import { LoggedRows, mostLoggedDays } from '../prediction-log.js';
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
    /** those with the most rows, where a segment touches very many days: event times come from requests */
    days: z.array(LoggedRows).max(mostLoggedDays),
  }),
);
