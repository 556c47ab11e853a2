import { failure } from '../../schemas/index.js';
import { adapterOf } from '../adapter.js';
import type { Trainer } from './trainer.js';

/** A trainer, and where a child process imports it from when it is not one of ours. */
export interface RegisteredTrainer extends Trainer {
  /** URL of a compiled file that exports the trainer as `trainer` */
  readonly module?: string;
}

/** TRAINER_UNKNOWN names what there is. */
export function findTrainer(trainers: readonly RegisteredTrainer[], kind: string): RegisteredTrainer {
  return adapterOf(trainers, kind, (known) =>
    failure('TRAINER_UNKNOWN', `No trainer "${kind}" is registered. There are: ${known.join(', ')}.`, {
      trainer: kind,
      known,
    }),
  );
}
