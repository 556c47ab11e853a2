import { linear as learner } from '../../statistics/learners/linear.js';
import { learnerTrainer } from './learner-trainer.js';

export const linear = learnerTrainer(learner);
