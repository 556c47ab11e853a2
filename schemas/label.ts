import { z } from 'zod';
import { DatasetReference, DatasetSelector } from './dataset.js';
import { labelsWith } from './labelers.js';
import { plainText } from './plain-text.js';
import { DatasetName, Instant } from './primitives.js';
import { Task, taskFields } from './task.js';

/** What a label input says whatever its strategy is. */
export const labelFields = {
  /** labels that became known later are not known yet: those rows are left out. Every label counts when absent */
  asOf: Instant.optional(),
  /** the labelled dataset; when absent `<dataset>-labelled`, or, where that has another rule's labels, with the rule's digest behind it */
  output: DatasetName.optional(),
  /** what the label is learnt as, where its values do not say so: 1 and 2 may be two classes or a quantity */
  task: Task.optional(),
  labelColumn: plainText(200).min(1).default('label'),
  /** the column that says when a row happened; the only timestamp column when absent */
  timeColumn: z.string().min(1).optional(),
};

export const LabelInput = labelsWith({ dataset: DatasetSelector, ...labelFields });
/** As its sender writes it: what has a default may be left out. */
export type LabelInput = z.input<typeof LabelInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedLabelInput = z.output<typeof LabelInput>;

export const KnownAtFrom = z.enum(['labeler', 'timeColumn', 'collection']);
export type KnownAtFrom = z.infer<typeof KnownAtFrom>;

/** What the labels are, in numbers. */
export const LabelSummary = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('binary'), positiveShare: z.number() }),
  z.strictObject({ kind: z.literal('number'), mean: z.number() }),
  z.strictObject({
    kind: z.literal('category'),
    /** how many there are */
    distinct: z.number().int(),
    /** the most frequent ones, at most 20, each cut at 200 characters, with their rows; equal counts by name */
    categories: z.array(z.strictObject({ category: z.string(), rows: z.number().int() })),
  }),
]);
export type LabelSummary = z.infer<typeof LabelSummary>;

export const Agreement = z.strictObject({
  labellers: z.number().int(),
  /** share of the rows on which all agreed; null for one labeller, who has nobody to agree with */
  share: z.number().nullable(),
});
export type Agreement = z.infer<typeof Agreement>;

export const LabelResult = z.strictObject({
  dataset: DatasetReference,
  rows: z.number().int(),
  /** rows without a label, or with one that was not known by `asOf`; they are left out */
  unlabelled: z.number().int(),
  label: LabelSummary,
  labelType: z.enum(['binary', 'number', 'category']),
  /** null for texts, which no task learns yet */
  task: taskFields.task.nullable(),
  taskReason: taskFields.taskReason,
  /** share of true labels, or the mean of a numeric label; null for categories */
  labelMean: z.number().nullable(),
  outcomeColumns: z.array(z.string()),
  /** what says when the labels became known: the labeler (a rule's `knownAt`), the time column, or the moment of collection */
  knownAtFrom: KnownAtFrom,
  /** labelled rows whose time is missing, and whose label nobody knows since when: such rows are in no split by time */
  withoutTime: z.number().int(),
  withoutKnownAt: z.number().int(),
  /** a rule is one labeller */
  agreement: Agreement,
  /** the 100 who labelled most */
  labelledBy: z.array(z.strictObject({ labeller: z.string(), rows: z.number().int() })),
  isNew: z.boolean(),
});
export type LabelResult = z.infer<typeof LabelResult>;
