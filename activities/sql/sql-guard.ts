import { failure } from '../../schemas/index.js';
import type { Database } from './database.js';
import { keyOf } from './same-name.js';
import { guardRepeatable, nodesOf, type SyntaxNode } from './sql-repeatable.js';

/**
 * Refuses everything but one plain SELECT over the named tables. The text is parsed by DuckDB itself; what is looked at
 * is its syntax tree, never the text. This is the first wall; the second is that the phase it runs in can open no file.
 *
 * Errors: SQL_REFUSED · SQL_FAILED for a syntax error.
 */
export async function guardSelect(database: Database, sql: string, tables: readonly string[]): Promise<void> {
  const [query] = await parse(database, sql, { expected: 'exactly one SELECT', shown: sql });
  guardNames(query, new Set(tables.map(keyOf)));
  await guardRepeatable(database, query, 'The SQL');
}

/**
 * Refuses everything but one expression over a row, and says which columns it reads (as they are written).
 *
 * Errors: SQL_REFUSED · SQL_FAILED for a syntax error.
 */
export async function guardExpression(database: Database, expression: string, what: string): Promise<string[]> {
  const [query] = await parse(database, `SELECT ${expression}`, { expected: 'one expression', shown: expression });
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
  if (nodes.some((node) => node.class === 'POSITIONAL_REFERENCE')) throw refuse('names a column by its place');
  for (const node of nodes) guardFunction(node);
  await guardRepeatable(database, select.select_list, what);
  return columnsOf(nodes);
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
/** Functions that look at the session, the settings or the machine, or touch them, instead of working on values. */
const outwardFunctions = new Set([
  ...['current_setting', 'getvariable', 'getenv'],
  ...['get_block_size', 'pg_get_constraintdef', 'pg_get_viewdef', 'format_type'],
  ...['current_query', 'current_query_id', 'current_connection_id'],
  ...['nextval', 'currval', 'setseed', 'sleep_ms', 'pg_sleep', 'write_log'],
]);
/** What a SELECT is made of beside its expressions. A kind that is not listed is refused: a new one may read anything. */
const harmlessKinds = new Set([
  ...['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE'],
  ...['JOIN', 'SUBQUERY', 'EXPRESSION_LIST', 'EMPTY', 'PIVOT'],
  ...['ORDER_MODIFIER', 'LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER', 'DISTINCT_MODIFIER'],
  ...['ORDER_DEFAULT', 'ASCENDING', 'DESCENDING'],
]);

interface Wanted {
  /** for a person */
  readonly expected: string;
  /** what was written */
  readonly shown: string;
}

async function parse(database: Database, sql: string, { expected, shown }: Wanted): Promise<SyntaxNode[]> {
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

type Names = ReadonlySet<string>;

/** Judges every name where it stands: `visible` are the sources and the common tables that can be read from there. */
function guardNames(value: unknown, visible: Names): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const child of value) guardNames(child, visible);
    return;
  }
  const { cte_map, ...node } = value as SyntaxNode;
  guardFunction(node);
  guardTable(node, visible);
  const inside = guardCommonTables(cte_map, visible);
  for (const [key, child] of Object.entries(node))
    guardNames(child, key === 'right' ? withItself(node, inside) : inside);
}

/** A common table is visible in those after it and in the body of its WITH, nowhere else; in itself, see below. */
function guardCommonTables(commonTables: unknown, visible: Names): Names {
  const { map = [] } = (commonTables ?? {}) as { map?: { key: string; value: unknown }[] };
  let inside = visible;
  for (const { key, value } of map) {
    guardNames(value, inside);
    inside = new Set([...inside, keyOf(key)]);
  }
  return inside;
}

/** Only the recursive half of a recursive table reads the table itself; the same name in the other half is another table. */
const withItself = ({ type, cte_name }: SyntaxNode, visible: Names): Names =>
  type === 'RECURSIVE_CTE_NODE' ? new Set([...visible, keyOf(String(cte_name))]) : visible;

function guardTable(node: SyntaxNode, visible: Names): void {
  const { type } = node;
  if (node.class !== undefined || typeof type !== 'string') return;
  if (harmlessKinds.has(type) || type.endsWith('_TYPE_INFO')) return;
  if (type === 'BASE_TABLE') return guardBaseTable(node, visible);
  if (type === 'TABLE_FUNCTION') return guardTableFunction(node);
  throw refused('The SQL must be a SELECT over the sources; it describes or shows the database.');
}

function guardBaseTable(node: SyntaxNode, visible: Names): void {
  const name = String(node.table_name);
  const qualified = Boolean(node.schema_name) || Boolean(node.catalog_name);
  if (!qualified && visible.has(keyOf(name))) return;
  throw refused(`The SQL reads "${name}", which is not a declared source. Readable here: ${[...visible].join(', ')}.`);
}

function guardTableFunction(node: SyntaxNode): void {
  const { function_name, schema, catalog } = (node.function ?? {}) as SyntaxNode;
  const name = keyOf(String(function_name));
  if (!schema && !catalog && harmlessTableFunctions.has(name)) return;
  throw refused(`The SQL may not use the table function ${name}(): only the declared sources are read.`);
}

function guardFunction({ class: kind, function_name }: SyntaxNode): void {
  const name = keyOf(String(function_name));
  if (kind !== 'FUNCTION' || !outwardFunctions.has(name)) return;
  throw refused(`The SQL may not use ${name}(): it looks outside the rows.`);
}

function columnsOf(nodes: SyntaxNode[]): string[] {
  const references = nodes.filter((node) => node.class === 'COLUMN_REF');
  return [...new Set(references.flatMap((node) => node.column_names as string[]))];
}

const refused = (message: string) => failure('SQL_REFUSED', message);
