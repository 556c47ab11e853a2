import { z } from 'zod';

/**
 * A string of a pattern. Not `z.string().regex()`, which writes to the pattern's `lastIndex`: in the workflow sandbox
 * shared schemas are frozen. JSON Schema still shows the pattern.
 */
export function matching(pattern: RegExp, message: string) {
  return z
    .string()
    .refine((text) => pattern.test(text), message)
    .meta({ pattern: pattern.source });
}
