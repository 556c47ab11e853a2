import { createHash } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { defaultSchema, rolesOf } from '../../activities/stores/postgres/roles.js';

/** Who works with the ledger, each by a URL of his own. */
export interface LedgerLogins {
  /** owns the database and the schema, for migrations alone */
  readonly owner: string;
  readonly worker: string;
  readonly modelServer: string;
}

const users = { owner: 'mlops_owner', worker: 'mlops_worker', modelServer: 'mlops_model_server' } as const;

/**
 * Makes the logins that production has too, on a server of ours. Their passwords follow from the superuser's, so that they
 * are the same after each start.
 */
export async function ledgerLogins(superuserUrl: string): Promise<LedgerLogins> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const user of Object.values(users)) await ensureRole(client, user, passwordOf(superuserUrl, user));
    for (const role of Object.values(rolesOf(defaultSchema))) await ensureRole(client, role, null);
    await client.query(grants(decodeURIComponent(new URL(superuserUrl).pathname.slice(1))));
  } finally {
    await client.end();
  }
  return {
    owner: urlOf(superuserUrl, users.owner),
    worker: urlOf(superuserUrl, users.worker),
    modelServer: urlOf(superuserUrl, users.modelServer),
  };
}

async function ensureRole(client: Client, role: string, password: string | null): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const login = password === null ? 'nologin' : `login password ${escapeLiteral(password)}`;
  await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${escapeIdentifier(role)} ${login}`);
}

function grants(database: string): string {
  const { writer, server } = rolesOf(defaultSchema);
  const name = escapeIdentifier(database);
  return [
    `grant ${escapeIdentifier(writer)} to ${users.worker}`,
    `grant ${escapeIdentifier(server)} to ${users.modelServer}`,
    `alter database ${name} owner to ${users.owner}`,
    `alter role ${users.worker} in database ${name} set search_path to "$user", public, ${escapeIdentifier(defaultSchema)}`,
  ].join(';');
}

function urlOf(superuserUrl: string, user: string): string {
  const url = new URL(superuserUrl);
  url.username = user;
  url.password = passwordOf(superuserUrl, user);
  return url.href;
}

const passwordOf = (superuserUrl: string, user: string) =>
  createHash('sha256')
    .update(`${new URL(superuserUrl).password}/${user}`)
    .digest('hex');
