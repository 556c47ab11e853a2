import { z } from 'zod';
import { EnvironmentName, ModelName, Version } from '../primitives.js';
import { factOf } from './base.js';

/** A window of predictions was compared with the baseline. */
export const MonitorWindowFact = factOf(
  'monitorWindow',
  z.strictObject({
    model: ModelName,
    environment: EnvironmentName,
    version: Version.nullable(),
    from: z.string(),
    to: z.string(),
    verdict: z.string(),
    bad: z.boolean(),
    /** of a whole data day: what the log held of it then. What comes later makes the day due again; null for other windows */
    logged: z.strictObject({ rows: z.number().int(), lastSeq: z.number().int() }).nullable(),
    result: z.unknown(),
  }),
);
