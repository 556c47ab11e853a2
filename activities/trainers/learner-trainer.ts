import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parameters } from '../../schemas/index.js';
import type { Learner } from '../../statistics/learners/learner.js';
import { scoreModel } from '../../statistics/learners/score.js';
import type { Place } from '../adapter.js';
import { buildOnnxModel } from '../onnx/model-graph.js';
import type { Trained, Trainer, TrainingJob } from './trainer.js';

/** A learner of ours as a trainer: it fits and answers, and its model is written as ONNX. It checks its parameters itself. */
export function learnerTrainer(learner: Learner): Trainer<Parameters> {
  const { name, tasks, space } = learner;
  return { kind: name, options: Parameters, tasks, space, train: (job, at) => train(learner, job, at) };
}

async function train(learner: Learner, job: TrainingJob<Parameters>, at: Place): Promise<Trained> {
  const { task, inputs, complete, features, questions } = job;
  const fitted = learner.train({ ...job, features: features.map(({ name }) => name), onProgress: everyHundredth(at) });
  const model = join(at.directory, 'model.onnx');
  await writeFile(model, buildOnnxModel({ task, inputs, complete, features, fitted }));
  const answers = questions.map((rows) => scoreModel(fitted, task, rows));
  return { model, answers, notes: fitted.kind === 'trees' ? { grownTrees: fitted.trees.length } : {} };
}

function everyHundredth(at: Place): (share: number) => void {
  let last = -1;
  return (share) => {
    const percent = Math.floor(share * 100);
    if (percent > last) at.say({ percent: (last = percent) });
  };
}
