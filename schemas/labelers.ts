import { z } from 'zod';
import { adapterWord, isOtherKind } from './host-adapter.js';

/** An SQL expression over the dataset's columns. */
const expression = z.string().min(1).max(5_000);

/** One rule for all rows; what a label input is that names no strategy. */
export const RuleLabels = z.strictObject({
  strategy: z.literal('rule').default('rule'),
  /** the label, e.g. "delay > 15"; columns it reads are outcomes and never features */
  rule: expression,
  /**
   * when each label became known, e.g. "departure + to_minutes(delay)"; a timestamp expression. When absent the row's own
   * time, and without a time column the moment when the dataset version was first collected
   */
  knownAt: expression.optional(),
});
export type RuleLabels = z.infer<typeof RuleLabels>;

const isOurs = (strategy: unknown) => RuleLabels.shape.strategy.safeParse(strategy).success;

/**
 * How labels are made: the fields that all strategies share, with those of one strategy, an entry each. The last is for a
 * host's own labeler, which checks its other fields when the labelling starts.
 */
export const labelsWith = <S extends z.ZodRawShape>(shared: S) =>
  z.union([
    z.strictObject({ ...shared, ...RuleLabels.shape }),
    z
      .looseObject({ ...shared, strategy: adapterWord('rule') })
      .refine((input: Record<string, unknown>) => !isOurs(input['strategy']), isOtherKind),
  ]);
