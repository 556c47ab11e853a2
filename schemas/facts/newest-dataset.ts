import { z } from 'zod';
import { DatasetName, Digest } from '../primitives.js';
import { factOf } from './base.js';

/** Content that was known came again, after other content: the version that it has is the newest from now on. */
export const NewestDatasetFact = factOf('newestDataset', z.strictObject({ dataset: DatasetName, digest: Digest }));
