import type { PoolClient } from 'pg';

/** One thing of a schema that decides what its tables hold, in the server's own words. */
export interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
  /** of a partition, and whose */
  readonly partition: { readonly name: string; readonly of: string } | null;
}

/** Of the schema that is first in the search path: the ledger's own, or the temporary one of this session. */
export async function objectsOf(client: PoolClient): Promise<SchemaObject[]> {
  const { rows } = await client.query<SchemaObject & { prefix: string }>(question);
  return rows.map(({ kind, name, definition, partition, prefix }) => {
    const plain = (text: string) => text.replaceAll(prefix, '').replaceAll(/\bpg_temp(_\d+)?\./g, '');
    // A partition's own name stands in its triggers
    const shared = (text: string) => (partition === null ? text : text.replaceAll(partition.name, '*'));
    return { kind, name: plain(name), partition, definition: shared(plain(definition)) };
  });
}

/** Settings of functions hold the search path that they were made with: the schema's own, which is the current one. */
const settings = `array_to_string(p.proconfig, ' ')`;
const withoutPath = `replace(${settings}, 'search_path=' || current_setting('search_path'), 'search_path=own')`;

const functionText = `concat_ws(' ', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
  case when p.prosecdef then 'definer' end, p.provolatile, case when p.proisstrict then 'strict' end, ${withoutPath},
  p.prosrc, pg_get_function_sqlbody(p.oid))`;

const columnText = `concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
  nullif(a.attgenerated::text, ''), nullif(a.attidentity::text, ''),
  (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d where d.adrelid = a.attrelid and d.adnum = a.attnum))`;

const relationText = `concat_ws(' ', case c.relkind when 'p' then 'r' else c.relkind end,
  case when c.relrowsecurity or c.relforcerowsecurity then 'row security' end)`;

/** Indexes that are not unique decide nothing: an operator may add and drop them. */
const question = `
  with here as (
    select c.*, case when c.relispartition then (
      select json_build_object('name', c.relname, 'of', p.relname) from pg_inherits as i join pg_class as p on p.oid = i.inhparent
      where i.inhrelid = c.oid
    ) end as partition
    from pg_class as c where c.relnamespace = quote_ident(current_schema())::regnamespace
  ), tables as (select * from here where relkind in ('r', 'p', 'v', 'm', 'f')
  ), own as (select * from tables where not relispartition
  )
  select kind, name, definition, partition, quote_ident(current_schema()) || '.' as prefix from (
    select case relkind when 'v' then 'view' when 'm' then 'view' else 'table' end as kind, relname::text as name,
      ${relationText} as definition, partition from own as c
    union all
    select 'partition', relname, '', partition from tables where relispartition
    union all
    select 'definition of the view', relname, pg_get_viewdef(oid), null from own where relkind in ('v', 'm')
    union all
    select 'column', c.relname || '.' || a.attname, ${columnText}, null from here as c
      join pg_attribute as a on a.attrelid = c.oid
    where not c.relispartition and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and a.attnum > 0 and not a.attisdropped
    union all
    select 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid) || ' ' || k.convalidated, null
    from own as c join pg_constraint as k on k.conrelid = c.oid
    union all
    select 'unique index', x.relname, pg_get_indexdef(x.oid) || ' ' || i.indisvalid, null
    from own as c join pg_index as i on i.indrelid = c.oid join pg_class as x on x.oid = i.indexrelid where i.indisunique
    union all
    select 'trigger', c.relname || '.' || g.tgname, pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text, partition
    from tables as c join pg_trigger as g on g.tgrelid = c.oid where not g.tgisinternal
    union all
    select 'switched-off trigger', c.relname || '.' || g.tgname, g.tgenabled::text, partition
    from tables as c join pg_trigger as g on g.tgrelid = c.oid where g.tgisinternal and g.tgenabled <> 'O'
    union all
    select 'rule', c.relname || '.' || r.rulename, pg_get_ruledef(r.oid), partition
    from tables as c join pg_rewrite as r on r.ev_class = c.oid where r.rulename <> '_RETURN'
    union all
    select 'row policy', c.relname || '.' || y.polname, y.polcmd::text, partition
    from tables as c join pg_policy as y on y.polrelid = c.oid
    union all
    select 'heir', h.relname || ' of ' || c.relname, '', null
    from own as c join pg_inherits as i on i.inhparent = c.oid join pg_class as h on h.oid = i.inhrelid
    where c.relkind <> 'p'
    union all
    select 'function', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', ${functionText}, null
    from pg_proc as p join pg_language as l on l.oid = p.prolang where p.pronamespace = quote_ident(current_schema())::regnamespace
    union all
    select 'operator', o.oprname || ' ' || o.oid::regoperator, '', null from pg_operator as o where o.oprnamespace = quote_ident(current_schema())::regnamespace
  ) as objects order by kind, name`;
