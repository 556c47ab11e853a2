import { z } from 'zod';
import { matching } from './matching.js';

/** An SQL expression over the dataset's columns. */
const expression = z.string().min(1).max(5_000);

/** One rule for all rows; what a label input is that names no strategy. */
export const RuleLabels = z.strictObject({
  strategy: z.literal('rule').default('rule'),
  /** the label, e.g. "delay > 15"; columns it reads are outcomes and never features */
  rule: expression,
  /** when each label became known, e.g. "departure + to_minutes(delay)"; a timestamp expression */
  knownAt: expression,
});
export type RuleLabels = z.infer<typeof RuleLabels>;

const isOurs = (strategy: string) => [RuleLabels].some(({ shape }) => shape.strategy.safeParse(strategy).success);

/** A strategy that a host's own labeler brings: that labeler checks its other fields when the labelling starts. */
const HostLabels = z.looseObject({
  strategy: matching(/^[a-z][A-Za-z0-9-]{0,31}$/, 'must be a word like "rule"'),
});

/** How labels are made: the fields that all strategies share, with those of one strategy. An entry for each strategy. */
export const labelsWith = <S extends z.ZodRawShape>(shared: S) =>
  z.union([
    z.strictObject({ ...shared, ...RuleLabels.shape }),
    z
      .looseObject({ ...shared, ...HostLabels.shape })
      .refine((input) => !isOurs(HostLabels.parse(input).strategy), { abort: true, params: { isOtherKind: true } }),
  ]);
