import { baseline as learner } from '../../statistics/learners/constant.js';
import { learnerTrainer } from './learner-trainer.js';

export const baseline = learnerTrainer(learner);
