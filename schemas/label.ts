import { z } from 'zod';
import { DatasetReference, DatasetSelector } from './dataset.js';
import { DatasetName } from './primitives.js';

/** An SQL expression over the dataset's columns. */
const expression = z.string().min(1).max(5_000);

export const LabelInput = z.strictObject({
  dataset: DatasetSelector,
  /** the labelled dataset; `<dataset>-labelled` when absent */
  output: DatasetName.optional(),
  /** the label, e.g. "delay > 15"; columns it reads are outcomes and never features */
  rule: expression,
  labelColumn: z.string().min(1).default('label'),
  /** when each label became known, e.g. "departure + to_minutes(delay)"; a timestamp expression */
  knownAt: expression,
  /** the column that says when a row happened; the only timestamp column when absent */
  timeColumn: z.string().min(1).optional(),
});
export type LabelInput = z.infer<typeof LabelInput>;

export const LabelResult = z.strictObject({
  dataset: DatasetReference,
  rows: z.number().int(),
  /** rows whose label came out null; they are left out */
  unlabelled: z.number().int(),
  labelType: z.enum(['binary', 'number']),
  /** share of true labels, or the mean of a numeric label */
  labelMean: z.number(),
  outcomeColumns: z.array(z.string()),
  /** a rule has one labeller and always agrees with itself */
  agreement: z.strictObject({ labellers: z.number().int(), share: z.number() }),
  labelledBy: z.array(z.strictObject({ labeller: z.string(), rows: z.number().int() })),
  isNew: z.boolean(),
});
export type LabelResult = z.infer<typeof LabelResult>;
