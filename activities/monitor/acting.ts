import { z } from 'zod';
import type { Acting } from '../reports/shown-window.js';
import type { Life } from '../stores/registry.js';

/** Of a specification, what says whether a request for retraining is acted on. */
const Retraining = z.object({
  recipe: z.unknown().optional(),
  retrain: z.object({ automatic: z.boolean().default(true), recipe: z.unknown().optional() }).optional(),
});

/** Null where nobody acts: the model never had a lifecycle, or is retired. */
export function actingOf(life: Life | null): Acting | null {
  if (life === null || life.retired !== null) return null;
  const { recipe, retrain } = Retraining.parse(life.specification ?? {});
  return { automatic: retrain?.automatic ?? true, hasRecipe: (retrain?.recipe ?? recipe ?? null) !== null };
}
