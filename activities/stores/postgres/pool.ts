import { type ClientBase, Pool } from 'pg';

export const defaultSchema = 'mlops';
/** Roles belong to the whole cluster: each tenant's schema has its own. */
export const writerRoleOf = (schema: string) => `${schema}_writer`;

/** What `set role` asks for: since PostgreSQL 16 a member needs the SET option, which creating a role does not give. */
export const setPrivilege = `case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;

/** A dead server is told from a slow one in seconds; Temporal tries again for as long as it takes. */
const limits = { connectMs: 5_000, statementMs: 30_000, lockMs: 20_000, answerMs: 35_000 };

export interface StoresOptions {
  readonly databaseUrl: string;
  /** a schema per tenant; `mlops` when absent */
  readonly schema?: string;
  readonly poolSize?: number;
}

/** Connections as the insert-only role where it exists, with the ledger's schema first and limits on every wait. */
export function openPool({ databaseUrl, schema = defaultSchema, poolSize = 10 }: StoresOptions): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'temporal-mlops',
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it, though its type does not say so
    onConnect: (client: ClientBase) => prepare(client, schema),
  });
  // An idle connection that breaks is replaced at its next use, which reports what is wrong then.
  pool.on('error', () => {});
  return pool;
}

/** One round trip. Without the role, or the right to take it, the connecting user keeps his own (see migrate-access). */
async function prepare(client: ClientBase, schema: string): Promise<void> {
  await client.query(
    `select set_config('search_path', quote_ident($1), false), set_config('timezone', 'UTC', false),
       set_config('statement_timeout', $3, false), set_config('lock_timeout', $4, false),
       set_config('idle_in_transaction_session_timeout', $3, false),
       set_config('default_transaction_isolation', 'read committed', false),
       (select set_config('role', rolname, false) from pg_roles
        where rolname = $2 and pg_has_role(current_user, oid, ${setPrivilege}))`,
    [schema, writerRoleOf(schema), String(limits.statementMs), String(limits.lockMs)],
  );
}
