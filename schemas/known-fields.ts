import type { z } from 'zod';

/** The fields that a schema has at a path, of all branches of its unions. Reads what is there and makes nothing: see `warm.ts`. */
export function knownFields(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType[] = [schema];
  for (const key of path) at = at.flatMap(branches).flatMap((one) => below(one, key));
  return [...new Set(at.flatMap(branches).flatMap(fieldsOf))];
}

const defOf = (schema: z.core.$ZodType) => (schema as z.core.$ZodTypes)._zod.def;

/** Without what stands around it: a default, a transformation, a choice. */
function branches(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = defOf(schema);
  if (def.type === 'union') return def.options.flatMap(branches);
  if (def.type === 'pipe') return branches(def.in);
  const isAround =
    def.type === 'optional' || def.type === 'nullable' || def.type === 'default' || def.type === 'prefault';
  return isAround ? branches(def.innerType) : [schema];
}

function below(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const def = defOf(schema);
  if (def.type === 'array') return [def.element];
  if (def.type === 'record') return [def.valueType];
  if (def.type !== 'object' || typeof key !== 'string') return [];
  const found = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
  return found === undefined ? [] : [found];
}

function fieldsOf(schema: z.core.$ZodType): string[] {
  const def = defOf(schema);
  return def.type === 'object' ? Object.keys(def.shape) : [];
}
