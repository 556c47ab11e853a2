import { z } from 'zod';
import { deployFields, Environments, inOrder, saysWhereOnce, whereTwice } from './environments.js';
import { EnvironmentName, Instant, ModelName, Version } from './primitives.js';
import { Recipe } from './recipe.js';
import { saysOneStrategy, twoStrategies, withCanary } from './strategy.js';

export const ChallengerPolicy = z.strictObject({
  /** rows of the held-out end of the new data, from here on, that champion and challenger are compared on */
  compareFrom: Instant.optional(),
  /** the challenger must not be worse than this: 0.0 means at least equal on the objective */
  minImprovement: z.number().default(0),
});
export type ChallengerPolicy = z.infer<typeof ChallengerPolicy>;

export const RetrainInput = z
  .strictObject({
    model: ModelName,
    environment: EnvironmentName.optional(),
    /** instead of `environment` and how to deploy there: several, in order */
    environments: Environments.optional(),
    recipe: Recipe,
    challenger: ChallengerPolicy.prefault({}),
    ...deployFields,
    trigger: z
      .strictObject({
        kind: z.enum(['decay', 'drift', 'signal', 'schedule', 'cli']),
        by: z.string(),
        reason: z.string(),
      })
      .default({ kind: 'cli', by: 'cli', reason: 'started by hand' }),
  })
  .refine(saysOneStrategy, twoStrategies)
  .refine(saysWhereOnce, whereTwice)
  .transform(({ canary, strategy, approvalTimeout, policy, ...input }) => {
    const deploy = withCanary({ canary, strategy, approvalTimeout, policy });
    return { ...input, ...inOrder(input, deploy) };
  });
/** As its sender writes it: what has a default may be left out. */
export type RetrainInput = z.input<typeof RetrainInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedRetrainInput = z.output<typeof RetrainInput>;

export const Comparison = z.strictObject({
  championVersion: Version.nullable(),
  challengerVersion: Version,
  rows: z.number().int(),
  /** what was asked for */
  objective: z.string(),
  /** what it is compared by: the objective, or of its kind the one that rows can be resampled for */
  metric: z.string(),
  champion: z.number(),
  challenger: z.number(),
  /** turned so that positive is better for the challenger, with a 95 % paired bootstrap interval */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  challengerWins: z.boolean(),
  /** both have the same bytes: the champion's own model again, under whatever version */
  sameModel: z.boolean(),
  championMetrics: z.record(z.string(), z.number().nullable()),
  challengerMetrics: z.record(z.string(), z.number().nullable()),
  /** columns that the champion reads and the data has no more, at most 20: it answered without them */
  championMissed: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;

export const RetrainResult = z.strictObject({
  model: ModelName,
  outcome: z.enum(['promoted', 'kept', 'rejected']),
  reasons: z.array(z.string()),
  challenger: Version.nullable(),
  champion: Version.nullable(),
  comparison: Comparison.nullable(),
});
export type RetrainResult = z.infer<typeof RetrainResult>;
