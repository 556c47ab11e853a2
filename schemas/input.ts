import type { z } from 'zod';
import { failure } from './failure.js';

/** Wrong fields, one line each: `sources[0].path: must be …`. */
export function wrongFields(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => issueLines(issue, issue.path));
}

/** The value, or an `InvalidInput` failure that names each wrong field and shows an input that works. */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  example: unknown,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = wrongFields(parsed.error);
  const got = value === undefined ? `${what} got no input.` : `${what} got a wrong input:`;
  throw failure(
    'InvalidInput',
    [got, ...fields.map((f) => `  ${f}`), `An input that works: ${JSON.stringify(example)}`].join('\n'),
    { fields, example },
  );
}

function issueLines(issue: z.core.$ZodIssue, path: PropertyKey[]): string[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return closestBranch(issue.errors, path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathText([...path, key])}: is not a known field`);
  return [`${pathText(path)}: ${lowerFirst(issue.message)}`];
}

/** Of a union's branches, the one with the fewest complaints is what the sender most likely meant. */
function closestBranch(branches: z.core.$ZodIssue[][], path: PropertyKey[]): string[] {
  const closest = [...branches].sort((a, b) => a.length - b.length)[0] ?? [];
  return closest.flatMap((issue) => issueLines(issue, [...path, ...issue.path]));
}

function pathText(path: PropertyKey[]): string {
  if (path.length === 0) return 'input';
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : `${i > 0 ? '.' : ''}${String(p)}`)).join('');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
