import type { Agreement, SourceFormat } from '../../schemas/index.js';
import type { Adapter, Place } from '../adapter.js';
import type { DatasetFiles } from '../sql/sql-job.js';

export interface Labelling {
  readonly kind: 'labelled';
  /**
   * One file below `Place.directory` with the columns `row` (the row's number in the dataset, from 0), `label` (true or
   * false, a number or a text; null for none), where it is known `known_at` (when the label became known; a UTC timestamp;
   * without the column it is the row's time, or the moment of collection) and, where there are several, `labeller`. Rows that
   * are not there have no label.
   */
  readonly answers: { readonly path: string; readonly format: SourceFormat };
  /** columns that are known only after the prediction, because labels were made from them */
  readonly outcomeColumns: readonly string[];
  readonly agreement: Agreement;
}

/**
 * Who says what the labels are. Its `kind` is the word that an input gives as `strategy`. Promises every adapter keeps:
 * - The same rows and options give the same answers: the labelled dataset is known by its digest.
 * - No row is answered twice, and none that is not there. The dataset's files are read and never written.
 * - What makes no label is `LABEL_INVALID`, with the reason. An aborted signal ends the work.
 */
export interface Labeler<O = unknown> extends Adapter<O> {
  open(options: O, dataset: DatasetFiles, at: Place): Promise<Labelling>;
}
