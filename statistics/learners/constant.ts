import { tasks } from '../tasks/tasks.js';
import type { Learner } from './learner.js';
import { readParameters } from './parameters.js';

/** The class rate, or the mean, whatever the features say: what every other trainer has to beat. */
export const baseline: Learner = {
  name: 'baseline',
  tasks: ['binary', 'regression'],
  space: {},
  train({ task, train, parameters, onProgress }) {
    readParameters('baseline', {}, parameters);
    onProgress(1);
    return { kind: 'constant', value: tasks[task].link.start(train.labels) };
  },
};
