import { escapeLiteral, type PoolClient } from 'pg';
import type { LedgerFault } from '../../ledger.js';
import { doorsOf, readingFunctions, rolesOf, writingRoles } from '../roles.js';
import { askFor } from './ask-for.js';

/**
 * Nobody but the owner may do more than the migrations let him: readers read, the writer and the model server call their
 * doors. What an operator lets readers read is his business; what lets anybody change a row is a fault.
 */
export async function rightsFaults(client: PoolClient, schema: string): Promise<LedgerFault[]> {
  const { writer, server } = rolesOf(schema);
  const of = (role: string, doors: readonly string[]) => doors.map((door) => ({ role, door: door.split('(')[0] }));
  const allowed = [...of(writer, doorsOf.writer), ...of(server, doorsOf.server), ...of('public', readingFunctions)];
  const questions = [
    onTables,
    onColumns,
    onFunctions(allowed),
    onSchema,
    owners,
    roleRights([writer, server]),
    silence,
  ];
  return askFor(client, questions, 10);
}

const here = 'quote_ident(current_schema())::regnamespace';
const name = (role: string) => `coalesce(nullif(${role}::regrole::text, '-'), 'everybody')`;

const onTables = `
  select ${name('x.grantee')} || ' may ' || lower(x.privilege_type) || ' on ' || c.relname || ', which no migration lets him' as what,
    null as seq
  from pg_class as c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as x
  where c.relnamespace = ${here} and c.relkind in ('r', 'p', 'v', 'm', 'f') and x.grantee <> c.relowner
    and (x.privilege_type <> 'SELECT' or x.is_grantable)`;

const onColumns = `
  select ${name('x.grantee')} || ' may ' || lower(x.privilege_type) || ' on ' || c.relname || '.' || a.attname
    || ', which no migration lets him' as what, null as seq
  from pg_class as c join pg_attribute as a on a.attrelid = c.oid, aclexplode(a.attacl) as x
  where c.relnamespace = ${here} and x.grantee <> c.relowner and (x.privilege_type <> 'SELECT' or x.is_grantable)`;

const onFunctions = (allowed: readonly object[]) => `
  select ${name('x.grantee')} || ' may call ' || p.proname || ', which no migration lets him' as what, null as seq
  from pg_proc as p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as x
  where p.pronamespace = ${here} and x.grantee <> p.proowner and not exists (
    select from json_to_recordset(${escapeLiteral(JSON.stringify(allowed))}) as d (role text, door text)
    where d.door = p.proname and not x.is_grantable
      and x.grantee = case d.role when 'public' then 0 else (select oid from pg_roles where rolname = d.role) end)`;

const onSchema = `
  select ${name('x.grantee')} || ' may create things in the schema, which no migration lets him' as what, null as seq
  from pg_namespace as n, aclexplode(n.nspacl) as x
  where n.oid = ${here} and x.grantee <> n.nspowner and x.privilege_type = 'CREATE'`;

const owners = `
  select 'the owner of ' || o.name || ' is ' || o.owner::regrole || ' and not ' || n.nspowner::regrole || ', who owns the schema' as what,
    null as seq
  from pg_namespace as n, (
    select relname as name, relowner as owner from pg_class where relnamespace = ${here} and relkind in ('r', 'p', 'v', 'm', 'f')
    union all select proname, proowner from pg_proc where pronamespace = ${here}
  ) as o where n.oid = ${here} and o.owner <> n.nspowner`;

const roleRights = (roles: readonly string[]) => `
  select 'the role ' || r.rolname || ' may do more than append: it is ' || case
      when r.rolsuper then 'a superuser' when r.rolbypassrls then 'above row security' when r.rolreplication then 'a replicator'
      when r.rolcreaterole then 'one that makes roles' when pg_has_role(r.oid, n.nspowner, 'member') then
        'the owner of the schema, or a member of it' else 'one that may write everywhere' end as what, null as seq
  from pg_roles as r, pg_namespace as n
  where n.oid = ${here} and r.rolname in (${roles.map(escapeLiteral).join(', ')})
    and (r.rolsuper or r.rolbypassrls or r.rolreplication or r.rolcreaterole or pg_has_role(r.oid, n.nspowner, 'member')
      or exists (select from pg_roles as w where w.rolname in (${writingRoles.map(escapeLiteral).join(', ')})
        and pg_has_role(r.oid, w.oid, 'member')))`;

/** In this mode triggers keep still: whoever sets it for a role or a database needs to switch none of them off. */
const silence = `
  select 'session_replication_role is set for ' || coalesce(r.rolname, 'every role') || ', which keeps triggers still' as what, null as seq
  from pg_db_role_setting as s left join pg_roles as r on r.oid = s.setrole, unnest(s.setconfig) as setting
  where setting like 'session_replication_role=%' and setting <> 'session_replication_role=origin'
    and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  union all
  select 'session_replication_role is ' || current_setting('session_replication_role') || ', which keeps triggers still', null
  where current_setting('session_replication_role') <> 'origin'`;
