import { z } from 'zod';
import * as schemas from './index.js';

/*
 * Loaded once per worker, before any workflow, and then frozen and shared by all of them: a cached workflow costs a
 * tenth of the memory. Zod fills a schema in at its first use, which a frozen schema cannot do; so every schema, with
 * all that it is made of, is used here once.
 */
const wrongValues = [undefined, null, 1, 'x', true, {}, [], { kind: 'none' }];
const warmed = new Set<z.core.$ZodType>();

warmAll(schemas);
for (const { schema, example } of Object.values(schemas.registry)) use(schema, example);

/** Finds schemas in exports, records, lists and in each other's definitions. */
function warmAll(found: unknown): void {
  if (typeof found !== 'object' || found === null) return;
  if (found instanceof z.core.$ZodType) return warm(found);
  if (Array.isArray(found) || isPlain(found)) for (const inner of Object.values(found)) warmAll(inner);
}

function warm(schema: z.core.$ZodType): void {
  if (warmed.has(schema)) return;
  warmed.add(schema);
  for (const inner of Object.values(schema._zod.def)) warmAll(inner);
  for (const value of wrongValues) use(schema, value);
}

/** Only the first use matters, not what it says; a check of another schema's value may even throw. */
function use(schema: z.core.$ZodType, value: unknown): void {
  const uses = [
    () => z.safeParse(schema, value),
    ...(schema instanceof z.ZodType ? [() => schema.safeParse(value), () => schema.parse(value)] : []),
  ];
  for (const once of uses) {
    try {
      once();
    } catch {}
  }
}

/** Records and module namespaces, not class instances. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
