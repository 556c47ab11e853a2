import { z } from 'zod';
import { closest } from './closest-word.js';
import { failure } from './failure.js';
import { knownFields } from './known-fields.js';

/** Wrong fields, one line each: `sources[0].path: must be …`. With the schema, an unknown field is told the nearest one. */
export function wrongFields(error: z.ZodError, schema: z.ZodType | null = null): string[] {
  return error.issues.flatMap((issue) => issueLines(issue, issue.path, schema));
}

interface Shown<S> {
  readonly schema: S;
  readonly example: unknown;
  /** of the other branches of a union */
  readonly others?: readonly unknown[];
}

/** The value, or an `InvalidInput` failure that names each wrong field and shows an input that works. */
export function parseInput<S extends z.ZodType>(
  { schema, example, others = [] }: Shown<S>,
  value: unknown,
  what: string,
): z.output<S> {
  const meant = withoutSchemaName(value);
  const parsed = schema.safeParse(meant, words);
  if (parsed.success) return parsed.data;
  const branch = closestOption(schema, meant);
  const fields = shown(wrongFields(branch?.error ?? parsed.error, branch?.option ?? schema));
  const works = [example, ...others].find((one) => branch?.option.safeParse(one).success) ?? example;
  const got = value === undefined ? `${what} got no input.` : `${what} got a wrong input:`;
  throw failure(
    'InvalidInput',
    [got, ...fields.map((f) => `  ${f}`), `An input that works: ${JSON.stringify(works)}`].join('\n'),
    { fields, example: works },
  );
}

/** Zod's own words for what is not there do not say so. */
const words: z.core.ParseContext<z.core.$ZodIssue> = {
  error: (issue) =>
    issue.code === 'invalid_type' && issue.input === undefined
      ? `is missing; it must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
      : undefined,
};

/** A file may name the JSON Schema that an editor checks it by. */
export function withoutSchemaName(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('$schema' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== '$schema'));
}

const mostFields = 50;

/** As many as a person reads: an input of hundreds of thousands of mistakes would make an error too large to be told. */
function shown(fields: string[]): string[] {
  const [first, rest] = [fields.slice(0, mostFields), fields.length - mostFields];
  const lines = first.map((line) => (line.length > 500 ? `${line.slice(0, 500)}…` : line));
  return rest > 0 ? [...lines, `… and ${rest} more`] : lines;
}

interface Branch {
  readonly option: z.ZodType;
  readonly error: z.ZodError;
}

/** Zod answers for a union with one branch as soon as only that one merely has unknown fields; here all are compared. */
function closestOption(schema: z.ZodType, value: unknown): Branch | null {
  if (!(schema instanceof z.ZodUnion)) return null;
  const options = schema.options as z.ZodType[];
  const branches = options.flatMap((option): Branch[] => {
    const { error } = option.safeParse(value, words);
    return error ? [{ option, error }] : [];
  });
  const isMeant = ({ option }: Branch) => saysItself(option, options, value);
  const far = (branch: Branch) => unlikeness(branch.error.issues) + (isMeant(branch) ? 0 : 10_000);
  return branches.sort((a, b) => far(a) - far(b))[0] ?? null;
}

/** Whether a field was sent that this branch alone has, and cannot do without: who sends it means this one. */
function saysItself(option: z.ZodType, options: readonly z.ZodType[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const others = options.filter((other) => other !== option).flatMap((other) => knownFields(other, []));
  const needed = option.safeParse({}).error?.issues.flatMap(({ path: [key, ...more] }) => (more[0] ? [] : [key])) ?? [];
  return needed.some((key) => typeof key === 'string' && !others.includes(key) && Object.hasOwn(value, key));
}

function issueLines(issue: z.core.$ZodIssue, path: PropertyKey[], schema: z.ZodType | null): string[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return closestBranch(issue.errors, path, schema);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathText([...path, key])}: is not a known field${nearest(key, path, schema)}`);
  return [`${pathText(path)}: ${lowerFirst(issue.message)}`];
}

function nearest(key: string, path: PropertyKey[], schema: z.ZodType | null): string {
  const near = schema === null ? null : closest(key, knownFields(schema, path));
  return near === null ? '' : `; did you mean "${near}"?`;
}

/**
 * Of a union's branches, the one with the fewest complaints is what the sender most likely meant; one that does not know
 * a field of its own that was sent comes after those that do, and one of another kind last. A wrong field further in says
 * nothing of the branch.
 */
function closestBranch(branches: z.core.$ZodIssue[][], path: PropertyKey[], schema: z.ZodType | null): string[] {
  const closest = [...branches].sort((a, b) => unlikeness(a) - unlikeness(b))[0] ?? [];
  return closest.flatMap((issue) => issueLines(issue, [...path, ...issue.path], schema));
}

/** The field that says which branch is meant says another one, or is missing where another branch has it by default. */
function isOtherKind(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'custom') return issue.params?.['isOtherKind'] === true;
  const saysWhich = issue.path.length === 1 && ['kind', 'strategy'].includes(String(issue.path[0]));
  return saysWhich && (issue.code === 'invalid_value' || issue.code === 'invalid_type');
}

function unlikeness(issues: z.core.$ZodIssue[]): number {
  const unknown = issues.flatMap((i) => (i.code === 'unrecognized_keys' && i.path.length === 0 ? i.keys : []));
  const otherKind = issues.some(isOtherKind);
  return issues.length + 100 * unknown.length + (otherKind ? 1000 : 0);
}

function pathText(path: PropertyKey[]): string {
  if (path.length === 0) return 'input';
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : `${i > 0 ? '.' : ''}${String(p)}`)).join('');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
