import { type ClientBase, Pool } from 'pg';
import type { Anchoring } from './anchor-keeper.js';
import { requireLogin } from './login.js';
import { defaultSchema, type LedgerRole, rolesOf, setPrivilege } from './roles.js';

/** A dead server is told from a slow one in seconds; Temporal tries again for as long as it takes. */
const limits = { connectMs: 5_000, statementMs: 30_000, lockMs: 20_000, answerMs: 35_000 };

export interface StoresOptions {
  readonly databaseUrl: string;
  /** a schema per tenant; `mlops` when absent */
  readonly schema?: string;
  readonly poolSize?: number;
  /** what this process does with the ledger; `writer` when absent */
  readonly as?: LedgerRole;
  /** about a login that owns the ledger, or may not take its role: refuse to work, or say so once; neither when absent */
  readonly login?: 'refuse' | 'tell';
  /** anchors what is appended through these stores; nothing when absent */
  readonly anchoring?: Anchoring;
}

/** Connections as the insert-only role where it exists, with the ledger's schema first and limits on every wait. */
export function openPool(options: StoresOptions): Pool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'temporal-mlops',
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it, though its type does not say so
    onConnect: preparing(options),
  });
  // An idle connection that breaks is replaced at its next use, which reports what is wrong then.
  pool.on('error', () => {});
  return pool;
}

function preparing({ schema = defaultSchema, as = 'writer', login }: StoresOptions) {
  let isTold = login === undefined;
  return async (client: ClientBase): Promise<void> => {
    await prepare(client, { schema, as });
    if (isTold) return;
    const why = await requireLogin(client, { schema, as, refuse: login === 'refuse' });
    if (why !== null) console.warn(why);
    isTold = login === 'tell';
  };
}

/**
 * One round trip. The model server takes its own role, or the writer's where it was not given its own; without any of
 * them, or the right to take it, the connecting user keeps his own, which `login` may refuse.
 */
async function prepare(client: ClientBase, { schema, as }: { schema: string; as: LedgerRole }): Promise<void> {
  const { writer, server } = rolesOf(schema);
  await client.query(
    `select set_config('search_path', quote_ident($1), false), set_config('timezone', 'UTC', false),
       set_config('statement_timeout', $3, false), set_config('lock_timeout', $4, false),
       set_config('idle_in_transaction_session_timeout', $3, false),
       set_config('default_transaction_isolation', 'read committed', false),
       (select set_config('role', rolname, false) from (
          select rolname from pg_roles as r join unnest($2::text[]) with ordinality as w (name, place) on r.rolname = w.name
          where pg_has_role(current_user, r.oid, ${setPrivilege}) order by place limit 1
        ) as taken)`,
    [schema, as === 'server' ? [server, writer] : [writer], String(limits.statementMs), String(limits.lockMs)],
  );
}
