import { DatabaseError, escapeIdentifier, type PoolClient } from 'pg';
import { setPrivilege, writerRoleOf } from './pool.js';

export interface Granted {
  /** the role that can only append; null when it could not be made */
  readonly writerRole: string | null;
  /** what an administrator should do to get the full protection; null when nothing is left to do */
  readonly advice: string | null;
}

/**
 * The role that workers take on: it reads everything and writes through five functions; it cannot insert, update or
 * delete a row. Where the connecting user may not create roles, workers stay that user: append-only is then kept by the
 * triggers, which bind the owner too unless he switches them off. The advice says how to get the rest.
 */
export async function grantWriter(client: PoolClient, schema: string): Promise<Granted> {
  const role = writerRoleOf(schema);
  const name = escapeIdentifier(role);
  await client.query('revoke all on all functions in schema ' + escapeIdentifier(schema) + ' from public');
  const made =
    (await exists(client, role)) ||
    (await attempt(client, `create role ${name} nologin`)) ||
    (await exists(client, role));
  if (!made) return { writerRole: null, advice: adviceOf(role) };
  await client.query(grants(escapeIdentifier(schema), name));
  const member = (await isMember(client, role)) || (await attempt(client, `grant ${name} to current_user`));
  return { writerRole: member ? role : null, advice: member ? null : adviceOf(role) };
}

/**
 * `select * from v_lineage` works for everyone who connects by DATABASE_URL: the schema joins the end of the database's
 * search path, where it hides nothing. Who does not own the database gets it for himself.
 */
export async function showViewsByDefault(client: PoolClient, schema: string): Promise<void> {
  const { rows } = await client.query<{ path: string; shown: boolean; database: string }>(
    `select reset_val as path, current_database() as database,
       $1 = any (select trim(both ' "' from part) from regexp_split_to_table(reset_val, ',') as part) as shown
     from pg_settings where name = 'search_path'`,
    [schema],
  );
  const [found] = rows;
  if (!found || found.shown) return;
  const setting = `set search_path to ${[found.path, escapeIdentifier(schema)].filter((part) => part.trim()).join(', ')}`;
  const database = escapeIdentifier(found.database);
  const forAll = await attempt(client, `alter database ${database} ${setting}`);
  if (!forAll) await attempt(client, `alter role current_user in database ${database} ${setting}`);
}

function grants(schema: string, role: string): string {
  const writing = [
    'append_fact(jsonb)',
    'append_facts(jsonb)',
    'append_segment(jsonb, json)',
    'append_outcomes(jsonb, json)',
    'record_fleet(jsonb)',
  ];
  const execute = (name: string, who: string) => `grant execute on function ${schema}.${name} to ${who}`;
  return [
    `grant usage on schema ${schema} to ${role}`,
    `grant select on all tables in schema ${schema} to ${role}`,
    ...writing.map((name) => execute(name, role)),
    ...reading.map((name) => execute(name, 'public')),
  ].join(';');
}

/** What views call, with the rights of who reads them. */
const reading = [
  'time_of_id(uuid)',
  'uuid_of(text)',
  'retired_before()',
  'prediction_id(prediction)',
  'first_answer(uuid, text)',
  'predictions_named(outcome)',
  'outcomes_of(prediction)',
  'prediction_line(prediction)',
  'prediction_index_digest(bytea)',
];

function adviceOf(role: string): string {
  const name = escapeIdentifier(role);
  return `The database user may not create the insert-only role. Ask an administrator to run "create role ${name} nologin; grant ${name} to <user>;", then migrate again.`;
}

async function exists(client: PoolClient, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  return rowCount !== 0;
}

async function isMember(client: PoolClient, role: string): Promise<boolean> {
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role(current_user, $1, ${setPrivilege}) as member`,
    [role],
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
    if (error instanceof DatabaseError && ['42501', '42710', '23505'].includes(error.code ?? '')) return false;
    throw error;
  }
}
