import { DatabaseError, escapeIdentifier, type PoolClient } from 'pg';
import { doorsOf, readingFunctions, rolesOf, serverReads, setPrivilege } from './roles.js';

export interface Granted {
  /** the role that can only append; null when it could not be made, or a login may not take it */
  readonly writerRole: string | null;
  /** what an administrator should do to get the full protection; null when nothing is left to do */
  readonly advice: string | null;
}

/**
 * The roles that processes take on. The writer reads everything and writes through its doors; it cannot insert, update or
 * delete a row. The model server's has fewer doors, and reads only what it must (see `serverReads`). Where the connecting user
 * may not create roles, workers stay that user: append-only is then kept by the triggers, which bind the owner too unless
 * he switches them off. The advice says how to get the rest.
 */
export async function grantRoles(client: PoolClient, schema: string, logins: readonly string[]): Promise<Granted> {
  const { writer, server } = rolesOf(schema);
  await client.query('revoke all on all routines in schema ' + escapeIdentifier(schema) + ' from public');
  for (const role of [writer, server]) {
    const made =
      (await exists(client, role)) ||
      (await attempt(client, `create role ${escapeIdentifier(role)} nologin`)) ||
      (await exists(client, role));
    if (!made) return { writerRole: null, advice: adviceOf([writer, server], '<user>') };
  }
  await client.query(grants(schema));
  for (const login of logins)
    if (!(await isMember(client, writer, login)) && !(await join(client, writer, login)))
      return { writerRole: null, advice: adviceOf([writer], login) };
  return { writerRole: writer, advice: null };
}

/** A login of its own for workers takes the writer's role only; the one login of a development machine takes both. */
async function join(client: PoolClient, role: string, login: string): Promise<boolean> {
  return attempt(client, `grant ${escapeIdentifier(role)} to ${escapeIdentifier(login)}`);
}

/**
 * `select * from v_lineage` works for everyone who logs in by DATABASE_URL: the schema joins the end of his search path in
 * this database, where it hides nothing. Others who use the database see nothing of it.
 */
export async function showViewsTo(client: PoolClient, schema: string, login: string): Promise<void> {
  const { rows } = await client.query<{ path: string; shown: boolean; database: string }>(
    `select path, $2 = any (select trim(both ' "' from part) from regexp_split_to_table(path, ',') as part) as shown,
       current_database() as database
     from (
       select coalesce((
         select substr(setting, length('search_path=') + 1)
         from pg_db_role_setting as s, unnest(s.setconfig) as setting
         where setting like 'search_path=%' and s.setrole in (0, r.oid) and s.setdatabase in (0, d.oid)
         order by s.setrole = 0, s.setdatabase = 0 limit 1
       ), '"$user", public') as path
       from pg_roles as r, pg_database as d where r.rolname = $1 and d.datname = current_database()
     ) as found`,
    [login, schema],
  );
  const [found] = rows;
  if (!found || found.shown) return;
  const path = [found.path, escapeIdentifier(schema)].filter((part) => part.trim()).join(', ');
  const where = `${escapeIdentifier(login)} in database ${escapeIdentifier(found.database)}`;
  await attempt(client, `alter role ${where} set search_path to ${path}`);
}

function grants(schema: string): string {
  const { writer, server } = rolesOf(schema);
  const [place, write, serve] = [schema, writer, server].map(escapeIdentifier);
  return [
    `grant usage on schema ${place} to ${write}, ${serve}`,
    `grant select on all tables in schema ${place} to ${write}`,
    ...serverReads.map((name) => `grant select on ${place}.${name} to ${serve}`),
    ...doorsOf.writer.map((door) => `grant execute on function ${place}.${door} to ${write}`),
    ...doorsOf.server.map((door) => `grant execute on function ${place}.${door} to ${serve}`),
    ...readingFunctions.map((name) => `grant execute on function ${place}.${name} to public`),
  ].join(';');
}

function adviceOf(roles: readonly string[], login: string): string {
  const names = roles.map(escapeIdentifier);
  const make = names.map((name) => `create role ${name} nologin;`).join(' ');
  return `The database user may not make the ledger's roles, or not give them. Ask an administrator to run "${make} grant ${names[0] ?? ''} to ${login};" (of a role that is there only the grant), then migrate again.`;
}

async function exists(client: PoolClient, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  return rowCount !== 0;
}

async function isMember(client: PoolClient, role: string, login: string): Promise<boolean> {
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role(l.oid, r.oid, ${setPrivilege}) as member from pg_roles as r, pg_roles as l
     where r.rolname = $1 and l.rolname = $2`,
    [role, login],
  );
  return rows[0]?.member === true;
}

/** Refused for lack of rights, or because another database's migration was first, is an answer and not an error. */
async function attempt(client: PoolClient, sql: string): Promise<boolean> {
  await client.query('savepoint attempt');
  try {
    await client.query(sql);
    return true;
  } catch (error) {
    await client.query('rollback to savepoint attempt');
    if (error instanceof DatabaseError && ['42501', '42704', '42710', '23505'].includes(error.code ?? '')) return false;
    throw error;
  }
}
