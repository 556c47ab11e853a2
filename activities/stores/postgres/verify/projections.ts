import { escapeIdentifier, escapeLiteral, type PoolClient } from 'pg';

/** Questions that compare each table that facts are projected into with the view that says what the facts call for. */
export async function projectionQuestions(client: PoolClient): Promise<string[]> {
  return (await projections(client)).map(difference);
}

interface Projection {
  readonly table: string;
  /** null where there is no such table */
  readonly columns: string[] | null;
  /** whether its view `expected_<table>` is there, which says what its facts call for */
  readonly isExpected: boolean;
}

/** Tables with a `seq` that no fact is projected into: the facts themselves, and the end of their chain. */
const notProjected = ['fact', 'chain_head'];

/**
 * The catalogue says what to compare, by three signs, so that none of them can be lost unnoticed: each view
 * `expected_<table>` of this schema, each table with the `seq` of a fact, and each table that a trigger of `fact`
 * names.
 */
async function projections(client: PoolClient): Promise<Projection[]> {
  const { rows } = await client.query<Projection>(
    `with here as (
       select c.* from pg_class as c join pg_namespace as s on s.oid = c.relnamespace where s.nspname = current_schema()
     ), tables as (select * from here where relkind in ('r', 'p') and not relispartition
     ), named as (
       select substr(relname, 10) as name from here where relkind = 'v' and starts_with(relname, 'expected_')
       union
       select t.relname::text from tables as t join pg_attribute as a on a.attrelid = t.oid
       where a.attname = 'seq' and not a.attisdropped and t.relname <> all($1)
       union
       select unnest(string_to_array(encode(g.tgargs, 'escape'), '\\000')) from tables as t
         join pg_trigger as g on g.tgrelid = t.oid join pg_proc as p on p.oid = g.tgfoid
       where t.relname = 'fact' and starts_with(p.proname, 'project_')
     )
     select n.name as table, (
       select array_agg(a.attname::text order by a.attnum) from tables as t join pg_attribute as a on a.attrelid = t.oid
       where t.relname = n.name and a.attnum > 0 and not a.attisdropped
     ) as columns, exists (
       select from here where relkind = 'v' and relname = 'expected_' || n.name
     ) as "isExpected"
     from named as n where n.name <> '' order by n.name`,
    [notProjected],
  );
  return rows;
}

const found = (what: string): string => `select ${escapeLiteral(what)} as what, null as seq`;

/** Compared as a multiset: a row too many and a row too few both show. */
function difference({ table, columns, isExpected }: Projection): string {
  if (columns === null) return found(`the table ${table} is missing`);
  if (!isExpected)
    return found(`the view expected_${table} is missing: nothing says what the rows of ${table} should be`);
  const [name, view] = [table, `expected_${table}`].map(escapeIdentifier);
  const wanted = columns.map(escapeIdentifier).join(', ');
  const missing = escapeLiteral(`a row of ${table} that a fact calls for is missing`);
  const extra = escapeLiteral(`a row of ${table} was not called for by its fact`);
  return `with missing as (select ${wanted} from ${view} except all select ${wanted} from ${name}),
      extra as (select ${wanted} from ${name} except all select ${wanted} from ${view})
    select ${missing} as what, seq from missing union all select ${extra} as what, seq from extra`;
}
