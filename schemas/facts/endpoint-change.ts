import { z } from 'zod';
import { matching } from '../matching.js';
import { Digest, EnvironmentName, ModelName, Version } from '../primitives.js';
import { DigestOrNone, factOf } from './base.js';

/** What happened to an endpoint in a word, like `candidate`, `promoted`, `rolledBack`, `aborted` or `retired`. */
export const ChangeWord = matching(
  /^[a-z][a-zA-Z0-9]{0,39}$/,
  'must be a word in lower camel case, of at most 40 characters',
);

/** The routes of an endpoint changed. */
export const EndpointChangeFact = factOf(
  'endpointChange',
  z.strictObject({
    model: ModelName,
    environment: EnvironmentName,
    generation: z.number().int(),
    step: z.number().int(),
    change: ChangeWord,
    version: Version.nullable(),
    modelDigest: Digest.nullable(),
    by: z.string(),
    reason: z.string(),
    at: z.string(),
  }),
).extend({ digest: DigestOrNone });
