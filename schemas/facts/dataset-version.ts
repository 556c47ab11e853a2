import { z } from 'zod';
import { DatasetName, Digest } from '../primitives.js';
import { factOf } from './base.js';

/** A dataset got a version; equal content keeps the version that it has. */
export const DatasetVersionFact = factOf(
  'datasetVersion',
  z.strictObject({
    dataset: DatasetName,
    digest: Digest,
    rows: z.number().int(),
    labelled: z.boolean(),
    report: z.unknown(),
  }),
);
