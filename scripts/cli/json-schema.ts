import { z } from 'zod';
import { fieldWords } from '../../schemas/field-words.js';
import { type Documented, type RegisteredName, registry } from '../../schemas/index.js';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What is sent, before defaults are filled in, with words on each field. A file may also say which schema and workflow it is of. */
export function jsonSchemaOf(name: RegisteredName): JsonSchema {
  const { schema, kind }: Documented = registry[name];
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  describe(made, name);
  if (kind === 'workflow') for (const branch of branches(made)) nameable(branch, name);
  return made;
}

/** What it may be; itself where there is no choice. */
export const branches = (schema: JsonSchema): JsonSchema[] =>
  [schema.anyOf, schema.oneOf, schema.allOf].find((some) => some !== undefined)?.filter(isSchema) ?? [schema];

/** What it is made of beside its fields. */
const innerOf = ({ items, additionalProperties, anyOf = [], oneOf = [], allOf = [] }: JsonSchema): JsonSchema[] =>
  [items, additionalProperties, ...anyOf, ...oneOf, ...allOf].filter(isSchema);

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function nameable(branch: JsonSchema, name: string): void {
  branch.properties = {
    $schema: { type: 'string', description: 'Of an editor: the JSON Schema that this file is checked by.' },
    workflow: { const: name, description: 'Of a recipe file: the workflow that "temporal-mlops start" starts.' },
    ...branch.properties,
  };
}

/** Writes words to each field, however deep; what the schema says itself stays. */
function describe(schema: JsonSchema, parent: string): void {
  for (const one of innerOf(schema)) describe(one, parent);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (!isSchema(field)) continue;
    const words = fieldWords[`${parent}.${name}`] ?? fieldWords[name];
    if (words !== undefined) field.description ??= words;
    describe(field, name);
  }
}

/** Fields without words, as paths. */
export function wordless(schema: JsonSchema, path: string): string[] {
  const deeper = innerOf(schema).flatMap((one) => wordless(one, path));
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (!isSchema(field)) return [];
    const here = `${path}.${name}`;
    return [...(field.description === undefined ? [here] : []), ...wordless(field, here)];
  });
  return [...new Set([...deeper, ...own])];
}
