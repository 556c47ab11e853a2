import { failure } from './failure.js';

interface Retired {
  readonly by: string;
  readonly reason: string;
}

export function modelRetired(model: string, { by, reason }: Retired) {
  const message = `${model} was retired by ${by}: ${reason}. Start its lifecycle with "revive": true to begin a new life.`;
  return failure('MODEL_RETIRED', message, { model });
}
