import { failure } from '../../schemas/index.js';
import type { Database } from './database.js';
import { quoteText } from './sql-quote.js';

/** A node of DuckDB's syntax tree. */
export interface SyntaxNode {
  readonly [key: string]: unknown;
}

/**
 * Refuses what answers the same rows otherwise the next time: chance, the clock, windows whose rows have no order, samples
 * without a seed. A dataset version is known by its digest, which would say nothing of how it came to be. That sums and
 * "first" ones come in one order is for whoever runs the query to see to: with one thread.
 *
 * Errors: SQL_REFUSED.
 */
export async function guardRepeatable(database: Database, tree: unknown, what: string): Promise<void> {
  const fickle = await fickleOf(database);
  for (const node of nodesOf(tree)) {
    const why = whyFickle(node, fickle);
    if (why === null) continue;
    throw failure('SQL_REFUSED', `${what} may not use ${why}: the same data would give other rows the next time.`);
  }
}

export function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value as SyntaxNode;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

/** By name, with how many arguments a function is fickle. */
type Fickle = ReadonlyMap<string, readonly (number | 'any')[]>;

/** Written without parentheses they look like columns; a column of that name can be written as `t.current_date`. */
const clockWords = ['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'];
/** DuckDB takes them for steady: one counts from today, the other draws by chance. */
const alsoFickle: [string, (number | 'any')[]][] = [
  ['age', [1]],
  ['reservoir_quantile', ['any']],
];

/** A database comes with its functions, and nothing that runs here makes more. */
const asked = new WeakMap<Database, Promise<Fickle>>();

function fickleOf(database: Database): Promise<Fickle> {
  const known = asked.get(database) ?? fickleFunctions(database);
  asked.set(database, known);
  return known;
}

/** DuckDB says which of its functions answer the same arguments alike; of its macros it says what they are made of. */
async function fickleFunctions(database: Database): Promise<Fickle> {
  const functions = await database.rows(
    `SELECT function_name AS name, list(DISTINCT CASE WHEN varargs IS NULL THEN len(parameters)::INTEGER ELSE -1 END) AS arities
     FROM duckdb_functions() WHERE stability IS NOT NULL AND stability <> 'CONSISTENT' GROUP BY 1`,
  );
  const arities = (found: unknown) => (found as number[]).map((count) => (count < 0 ? 'any' : count));
  const fickle = new Map([...functions.map((row) => [String(row.name), arities(row.arities)] as const), ...alsoFickle]);
  for (const name of await fickleMacros(database, [...fickle.keys(), ...clockWords])) fickle.set(name, ['any']);
  return fickle;
}

/** `ago(…)` is made of the clock. A macro that DuckDB defines by a function of its own name is that function. */
async function fickleMacros(database: Database, fickle: readonly string[]): Promise<string[]> {
  const rows = await database.rows(
    `SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE list_has_any(
       regexp_extract_all(lower(macro_definition), '[a-z_0-9]+'), list_value(${fickle.map(quoteText).join(', ')}))`,
  );
  return rows.map(({ name }) => String(name));
}

/** What each row gets of these depends on which rows come before it. */
const orderedFunctions = new Set([
  ...['row_number', 'ntile', 'lag', 'lead', 'first_value', 'last_value', 'nth_value'],
  ...['first', 'last', 'any_value', 'arbitrary', 'list', 'array_agg', 'string_agg', 'group_concat', 'listagg'],
]);

function whyFickle(node: SyntaxNode, fickle: Fickle): string | null {
  const name = String(node.function_name).toLowerCase();
  if (node.class === 'FUNCTION' && isFickle(name, node, fickle)) return `${name}()`;
  if (node.class === 'COLUMN_REF' && isClockWord(node)) return `${String((node.column_names as string[])[0])}`;
  if (node.class === 'WINDOW' && isUnordered(name, node))
    return `${name}() over rows without an order ("over (order by …)")`;
  return isSeedless(node) ? 'a sample without "repeatable (<seed>)"' : null;
}

function isFickle(name: string, { children }: SyntaxNode, fickle: Fickle): boolean {
  const arities = fickle.get(name) ?? [];
  return arities.includes('any') || arities.includes(Array.isArray(children) ? children.length : 0);
}

function isClockWord({ column_names: names }: SyntaxNode): boolean {
  return Array.isArray(names) && names.length === 1 && clockWords.includes(String(names[0]).toLowerCase());
}

function isUnordered(name: string, { orders, arg_orders, start, end }: SyntaxNode): boolean {
  const isOrdered = [orders, arg_orders].some((list) => Array.isArray(list) && list.length > 0);
  if (isOrdered) return false;
  const isWhole = start === 'UNBOUNDED_PRECEDING' && ['CURRENT_ROW_RANGE', 'UNBOUNDED_FOLLOWING'].includes(String(end));
  return orderedFunctions.has(name) || !isWhole;
}

/** Without a seed DuckDB writes -1. */
const isSeedless = ({ sample_size: size, seed }: SyntaxNode): boolean => size !== undefined && !(Number(seed) >= 0);
