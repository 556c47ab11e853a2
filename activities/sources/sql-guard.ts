import { failure } from '../../schemas/index.js';
import type { Database } from './duckdb-database.js';

/**
 * Refuses everything but one plain SELECT over the named tables. The text is parsed by DuckDB itself; what is looked at
 * is its syntax tree, never the text. This is the first wall; the second is that the phase it runs in can open no file.
 *
 * Errors: SQL_REFUSED · SQL_FAILED for a syntax error.
 */
export async function guardSelect(database: Database, sql: string, tables: readonly string[]): Promise<void> {
  const [query] = await parse(database, sql, 'exactly one SELECT');
  const known = new Set(tables.map((table) => table.toLowerCase()));
  for (const node of nodesOf(query)) for (const cte of commonTableNames(node)) known.add(cte.toLowerCase());
  for (const node of nodesOf(query)) guardTable(node, known);
}

/**
 * Refuses everything but one expression over a row, and says which columns it reads (as they are written).
 *
 * Errors: SQL_REFUSED · SQL_FAILED for a syntax error.
 */
export async function guardExpression(database: Database, expression: string, what: string): Promise<string[]> {
  const [query] = await parse(database, `SELECT ${expression}`, 'one expression', expression);
  const select = query as SelectNode;
  const refuse = (why: string) =>
    refused(`${what} must be one expression over the columns, e.g. "delay > 15": it ${why}.`);
  if (select.type !== 'SELECT_NODE' || select.select_list?.length !== 1) throw refuse('is a list or a set of queries');
  if (select.from_table?.type !== 'EMPTY' || select.where_clause) throw refuse('reads from a table of its own');
  const extras = [select.group_expressions, select.modifiers, select.cte_map?.map].some(
    (list) => (list?.length ?? 0) > 0,
  );
  if (extras || select.having || select.qualify || select.sample) throw refuse('has clauses of a query');
  if (select.select_list[0]?.alias) throw refuse('gives itself a name with AS');
  const nodes = [...nodesOf(select.select_list)];
  if (nodes.some((node) => node.class === 'SUBQUERY')) throw refuse('holds a query');
  if (nodes.some((node) => node.class === 'STAR')) throw refuse('reads all columns with *');
  if (nodes.some((node) => node.class === 'PARAMETER')) throw refuse('holds a parameter');
  return columnsOf(nodes);
}

interface SyntaxNode {
  readonly [key: string]: unknown;
}
interface SelectNode extends SyntaxNode {
  readonly type?: string;
  readonly select_list?: { alias?: string }[];
  readonly from_table?: { type?: string };
  readonly group_expressions?: unknown[];
  readonly modifiers?: unknown[];
  readonly cte_map?: { map?: unknown[] };
}

/** Tables made of their arguments alone; every other table function may look outside. */
const harmlessTableFunctions = new Set(['unnest', 'range', 'generate_series']);
const harmlessTables = new Set(['JOIN', 'SUBQUERY', 'EXPRESSION_LIST', 'EMPTY', 'PIVOT', 'CTE', 'EMPTY_FROM']);
const tableKinds = new Set([
  ...harmlessTables,
  'BASE_TABLE',
  'TABLE_FUNCTION',
  'SHOW_REF',
  'COLUMN_DATA',
  'DELIM_GET',
  'BOUND_TABLE_REF',
]);

async function parse(database: Database, sql: string, expected: string, shown = sql): Promise<SyntaxNode[]> {
  const [row] = await database.rows('SELECT json_serialize_sql($1::VARCHAR) AS tree', [sql]);
  const tree = JSON.parse(String(row?.tree)) as ParseTree;
  if (tree.error_type === 'not implemented')
    throw refused(`The SQL must be ${expected}; this is another kind of statement.`);
  if (tree.error) throw failure('SQL_FAILED', `The SQL has a syntax error: ${tree.error_message}`, { sql: shown });
  const statements = tree.statements ?? [];
  if (statements.length !== 1) throw refused(`The SQL must be ${expected}; it holds ${statements.length} statements.`);
  return statements.map((statement) => statement.node);
}
interface ParseTree {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: { node: SyntaxNode }[];
}

function guardTable(node: SyntaxNode, known: ReadonlySet<string>): void {
  if (node.class !== undefined || typeof node.type !== 'string' || !tableKinds.has(node.type)) return;
  if (harmlessTables.has(node.type)) return;
  if (node.type === 'BASE_TABLE') return guardBaseTable(node, known);
  if (node.type !== 'TABLE_FUNCTION')
    throw refused('The SQL must be a SELECT over the sources; it describes or shows the database.');
  const name = String((node.function as SyntaxNode | undefined)?.function_name).toLowerCase();
  if (!harmlessTableFunctions.has(name))
    throw refused(`The SQL may not use the table function ${name}(): only the declared sources are read.`);
}

function guardBaseTable(node: SyntaxNode, known: ReadonlySet<string>): void {
  const name = String(node.table_name);
  const qualified = Boolean(node.schema_name) || Boolean(node.catalog_name);
  if (!qualified && known.has(name.toLowerCase())) return;
  throw refused(`The SQL reads "${name}", which is not a declared source. Sources: ${[...known].join(', ')}.`);
}

function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value as SyntaxNode;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

function commonTableNames(node: SyntaxNode): string[] {
  const map = (node.cte_map as { map?: { key: string }[] } | undefined)?.map ?? [];
  return map.map((entry) => entry.key);
}

function columnsOf(nodes: SyntaxNode[]): string[] {
  const references = nodes.filter((node) => node.class === 'COLUMN_REF');
  return [...new Set(references.flatMap((node) => node.column_names as string[]))];
}

const refused = (message: string) => failure('SQL_REFUSED', message);
