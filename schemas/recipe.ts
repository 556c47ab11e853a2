import { z } from 'zod';
import { CollectInput } from './collect.js';
import { labelFields } from './label.js';
import { labelsWith } from './labelers.js';
import { TrainInput } from './train.js';

/** The recipe of a model: what to collect, how to label it, how to train. Names of model and dataset are filled in. */
export const Recipe = z.strictObject({
  collect: CollectInput,
  label: labelsWith(labelFields),
  train: TrainInput.omit({ model: true, dataset: true }),
});
export type Recipe = z.infer<typeof Recipe>;

const differing = z.record(z.string(), z.unknown()).optional();

/** What of another recipe differs, stage by stage; checked together with the recipe that it changes. */
export const RecipePart = z.strictObject({ collect: differing, label: differing, train: differing });
export type RecipePart = z.infer<typeof RecipePart>;

/**
 * A recipe with a part of it changed: fields of objects one by one, lists and the split of the training as a whole; null
 * takes a field away, so that its default holds again. It still has to be parsed.
 */
export function changedRecipe(recipe: object | undefined, part: RecipePart): unknown {
  return changed({ ...recipe }, part);
}

type Fields = Readonly<Record<string, unknown>>;

/** Of a split the two ways do not mix. */
const asAWhole: ReadonlySet<string> = new Set(['split']);

function changed(base: Fields, part: Fields): Fields {
  const fields = Object.entries(part).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, changedField(base, name, value)] as const],
  );
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(fields) }).filter(([, value]) => value !== null),
  );
}

function changedField(base: Fields, name: string, value: unknown): unknown {
  const before = Object.hasOwn(base, name) ? base[name] : undefined;
  if (asAWhole.has(name) || !isFields(value)) return value;
  return changed(isFields(before) ? before : {}, value);
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a lifecycle says of its recipes. */
interface Recipes {
  readonly recipe?: Recipe | undefined;
  readonly retrain: { readonly recipe?: RecipePart | undefined };
}

/** What later models are made by; undefined where no recipe is said. A ZodError where the two give none together. */
export function laterRecipe({ recipe, retrain }: Recipes): Recipe | undefined {
  return retrain.recipe === undefined ? recipe : Recipe.parse(changedRecipe(recipe, retrain.recipe));
}
