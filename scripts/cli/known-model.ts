import type { Lookups } from '../../activities/stores/lookups.js';
import { failure, suggestion } from '../../schemas/index.js';

/** Where nothing was found: whether the model is known at all, and which one was most likely meant. */
export async function nothingOf(lookups: Lookups, model: string, what: string) {
  const models = await lookups.models();
  const message = models.includes(model)
    ? `${model} has ${what}.`
    : `The ledger knows no model "${model}".${suggestion(model, models)}`;
  return failure('NOT_FOUND', message, { model });
}
