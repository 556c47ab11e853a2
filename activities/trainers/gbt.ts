import { gbt as learner } from '../../statistics/learners/gbt.js';
import { learnerTrainer } from './learner-trainer.js';

export const gbt = learnerTrainer(learner);
