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
    result: z.unknown(),
  }),
);
