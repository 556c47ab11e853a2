import { type CheckedTrainInput, type Column, type ColumnRoles, failure } from '../../../schemas/index.js';
import type { ChosenTask } from '../../../statistics/tasks/choose-task.js';
import { taskOfColumn } from '../../../statistics/tasks/tasks.js';
import type { Database } from '../database.js';
import { columnNamed } from '../version/raw-rows.js';
import { splitNames } from './splits.js';

export interface LabelledColumns {
  readonly columns: readonly Column[];
  readonly roles: ColumnRoles;
  readonly input: CheckedTrainInput;
}

/** What the label is learnt as: what the input says, else what the labelled dataset does. LABEL_INVALID for a text. */
export function learntTask({ columns, roles, input }: LabelledColumns): ChosenTask {
  const task = taskOfColumn(columnNamed(columns, roles.label));
  if (input.task !== undefined) return { task: input.task, taskReason: `"task" says ${input.task}` };
  return { task, taskReason: `"${roles.label}" was labelled as ${task === 'binary' ? 'no or yes' : 'a number'}` };
}

/**
 * Every split must hold what it is there to tell apart: both labels of a yes or no, and two numbers to learn from.
 * Errors: ONE_CLASS naming split and label · LABEL_INVALID for a yes or no that is neither.
 */
export async function requireLabels(database: Database, { task }: ChosenTask): Promise<void> {
  const splits = await database.rows(
    'SELECT s, min(y) AS low, max(y) AS high, bool_and(y IN (0, 1)) AS "isYesOrNo" FROM mlops.prepared GROUP BY s ORDER BY s',
  );
  if (task === 'binary' && !splits.every(({ isYesOrNo }) => isYesOrNo === true))
    throw failure('LABEL_INVALID', 'task: the labels are other numbers than 0 and 1. Say "regression", or label anew.');
  const flat = splits.find(({ s, low, high }) => low === high && (task === 'binary' || s === 0));
  if (flat === undefined) return;
  const split = splitNames[Number(flat.s)] ?? 'train';
  throw failure('ONE_CLASS', `Every label of the ${rowsOf[split]} rows is ${flat.low}: ${why[split]}`, {
    split,
    label: flat.low,
  });
}

const rowsOf = { train: 'training', validation: 'validation', test: 'test' };
const notJudged = 'nothing could be judged by them. Move the split, or take more rows.';
const why = {
  train: 'there is nothing to learn. Look at the label rule and the split.',
  validation: notJudged,
  test: notJudged,
};
