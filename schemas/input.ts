import { z } from 'zod';
import { failure } from './failure.js';

/** Wrong fields, one line each: `sources[0].path: must be …`. */
export function wrongFields(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => issueLines(issue, issue.path));
}

/** The value, or an `InvalidInput` failure that names each wrong field and shows an input that works. */
export function parseInput<S extends z.ZodType>(
  { schema, example }: { readonly schema: S; readonly example: unknown },
  value: unknown,
  what: string,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = shown(wrongFields(unionError(schema, value) ?? parsed.error));
  const got = value === undefined ? `${what} got no input.` : `${what} got a wrong input:`;
  throw failure(
    'InvalidInput',
    [got, ...fields.map((f) => `  ${f}`), `An input that works: ${JSON.stringify(example)}`].join('\n'),
    { fields, example },
  );
}

const mostFields = 50;

/** As many as a person reads: an input of hundreds of thousands of mistakes would make an error too large to be told. */
function shown(fields: string[]): string[] {
  const [first, rest] = [fields.slice(0, mostFields), fields.length - mostFields];
  const lines = first.map((line) => (line.length > 500 ? `${line.slice(0, 500)}…` : line));
  return rest > 0 ? [...lines, `… and ${rest} more`] : lines;
}

/** Zod answers for a union with one branch as soon as only that one merely has unknown fields; here all are compared. */
function unionError(schema: z.ZodType, value: unknown): z.ZodError | null {
  if (!(schema instanceof z.ZodUnion)) return null;
  const errors = (schema.options as z.ZodType[]).flatMap((option) => option.safeParse(value).error ?? []);
  return errors.sort((a, b) => unlikeness(a.issues) - unlikeness(b.issues))[0] ?? null;
}

function issueLines(issue: z.core.$ZodIssue, path: PropertyKey[]): string[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return closestBranch(issue.errors, path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathText([...path, key])}: is not a known field`);
  return [`${pathText(path)}: ${lowerFirst(issue.message)}`];
}

/**
 * Of a union's branches, the one with the fewest complaints is what the sender most likely meant; one that does not know
 * a field that was sent comes after those that do, and one of another kind last.
 */
function closestBranch(branches: z.core.$ZodIssue[][], path: PropertyKey[]): string[] {
  const closest = [...branches].sort((a, b) => unlikeness(a) - unlikeness(b))[0] ?? [];
  return closest.flatMap((issue) => issueLines(issue, [...path, ...issue.path]));
}

/** The field that says which branch is meant says another one, or is missing where another branch has it by default. */
function isOtherKind(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'custom') return issue.params?.['isOtherKind'] === true;
  const saysWhich = issue.path.length === 1 && ['kind', 'strategy'].includes(String(issue.path[0]));
  return saysWhich && (issue.code === 'invalid_value' || issue.code === 'invalid_type');
}

function unlikeness(issues: z.core.$ZodIssue[]): number {
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const otherKind = issues.some(isOtherKind);
  return issues.length + 100 * unknown.length + (otherKind ? 1000 : 0);
}

function pathText(path: PropertyKey[]): string {
  if (path.length === 0) return 'input';
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : `${i > 0 ? '.' : ''}${String(p)}`)).join('');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
