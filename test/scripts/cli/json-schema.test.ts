import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type RegisteredName, registry, workflowTypes } from '../../../schemas/index.js';
import { jsonSchemaOf, wordless } from '../../../scripts/cli/json-schema.js';
import { readRecipe } from '../../../scripts/cli/recipe.js';
import { readDocument } from '../../../scripts/cli/recipe-document.js';

const names = Object.keys(registry) as RegisteredName[];
const examples = join(import.meta.dirname, '../../../examples');

describe('a JSON Schema', () => {
  it.each(names)('of %s has words on every field', (name) => {
    expect(wordless(jsonSchemaOf(name), name)).toEqual([]);
  });

  it.each(Object.values(workflowTypes))('of %s lets a file say which schema and workflow it is of', (name) => {
    const schema = jsonSchemaOf(name);
    for (const branch of [schema.anyOf ?? schema].flat())
      expect(branch).toMatchObject({ properties: { $schema: { type: 'string' }, workflow: { const: name } } });
  });
});

describe('an example', () => {
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(ya?ml|json)$/.test(file),
  );

  it.each(files)('%s is a recipe that starts as it is', (file) => {
    const { workflowType, input } = readRecipe(readDocument(join(examples, file)));
    expect((registry[workflowType].schema as z.ZodType).safeParse(input)).toMatchObject({ success: true });
  });

  it('says how to start it', () => {
    const text = readFileSync(join(examples, 'penguins/penguins.yaml'), 'utf8');
    expect(text).toContain('npx temporal-mlops start penguins.yaml');
  });
});
