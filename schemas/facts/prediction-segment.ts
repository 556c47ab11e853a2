import { z } from 'zod';
import { LoggedRows, mostLoggedDays } from '../prediction-log.js';
import { Digest, EnvironmentName, Instant } from '../primitives.js';
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
    /** of its rows in the index (`indexDigest`), which follow from the segment's bytes */
    indexDigest: Digest,
    /** when the first and the last of them were asked, UTC ISO: what is retired is no longer in the index */
    firstAt: Instant,
    lastAt: Instant,
    /** those with the most rows, where a segment touches very many days: event times come from requests */
    days: z.array(LoggedRows).max(mostLoggedDays),
  }),
);
