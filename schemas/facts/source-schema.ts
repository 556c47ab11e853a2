import { z } from 'zod';
import { DatasetName, Digest } from '../primitives.js';
import { factOf } from './base.js';

/** What a dataset knows of its sources from now on; `digest` is the blob that says it. */
export const SourceSchemaFact = factOf('sourceSchema', z.strictObject({ dataset: DatasetName, digest: Digest }));
