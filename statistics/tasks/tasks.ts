import { type Column, failure, type Objective, type Task } from '../../schemas/index.js';
import { binary } from './binary.js';
import { regression } from './regression.js';
import type { LearningTask, TaskObjective } from './task.js';

export const tasks: Readonly<Record<Task, LearningTask>> = { binary, regression };

/** What a label column of this type is learnt as: a labelled dataset says so by the type alone. LABEL_INVALID for none. */
export function taskOfColumn({ name, type }: Column): Task {
  const task = Object.values(tasks).find(({ label }) => label.column === type);
  if (task !== undefined) return task.name;
  const what = type === 'string' ? 'a text: one of several categories, which no task learns yet' : `a ${type}`;
  throw failure(
    'LABEL_INVALID',
    `The label "${name}" is ${what}. Label with a yes or no, like "rule": "origin = 'ATL'", or with a number.`,
    { column: name, type },
  );
}

/** The objective that was asked for, the task's own when none was; InvalidInput for one that the task has not. */
export function objectiveOf(task: Task, asked: Objective | undefined, field: string): TaskObjective {
  const { objectives } = tasks[task];
  if (asked === undefined) return objectives[0];
  const found = objectives.find(({ name }) => name === asked);
  if (found !== undefined) return found;
  const allowed = objectives.map(({ name }) => name);
  throw failure('InvalidInput', `${field}: a ${task} label has no ${asked}; use one of ${allowed.join(', ')}.`, {
    objective: asked,
    allowed,
  });
}
