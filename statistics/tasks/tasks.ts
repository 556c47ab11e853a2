import { type Column, failure, type Objective, type Task } from '../../schemas/index.js';
import { binary } from './binary.js';
import { regression } from './regression.js';
import type { LearningTask, TaskObjective } from './task.js';

export const tasks: Readonly<Record<Task, LearningTask>> = { binary, regression };

/** What a label column of this type is learnt as: a labelled dataset says so by the type alone. */
export function taskOfColumn(type: Column['type'] | undefined): Task {
  const task = Object.values(tasks).find(({ label }) => label.column === type);
  return task?.name ?? 'regression';
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
