import type { CheckedTrainInput, ColumnRoles, SplitReport, Task } from '../../../schemas/index.js';

/** How a labelled dataset is split. */
export interface Splitting {
  readonly roles: ColumnRoles;
  /** a yes or no is split so that each part has its share of both */
  readonly task: Task;
  readonly input: CheckedTrainInput;
}

/** One way of splitting. */
export interface SplitRule {
  readonly by: SplitReport['by'];
  /** SQL for the labelled rows: `r`, a row's id, `s`, 0 to 2 or null, and `why` it is null, a name of `SplitReport.leftOut` */
  readonly rows: string;
  readonly instants: SplitReport['instants'];
  readonly words: string;
}
