import { z } from 'zod';

/**
 * A string of a pattern. Not `z.string().regex()`, which writes to the pattern's `lastIndex`: in the workflow sandbox
 * shared schemas are frozen. JSON Schema still shows the pattern. The message says what the text must be, also where
 * there is none.
 */
export function matching(pattern: RegExp, message: string) {
  const missing = (issue: { input?: unknown }) => (issue.input === undefined ? `is missing; it ${message}` : undefined);
  return z
    .string({ error: missing })
    .refine((text) => pattern.test(text), message)
    .meta({ pattern: pattern.source });
}
