import { readdirSync } from 'node:fs';
import { Client } from 'pg';
import { defaultSchema, setPrivilege, writerRoleOf } from '../../activities/stores/postgres/pool.js';
import { readConfiguration } from '../../schemas/index.js';
import { explain } from '../cli/explain-error.js';
import { bad, type Check, good } from './check.js';

const migrations = new URL('../../activities/stores/postgres/migrations/', import.meta.url);

export async function checkPostgres(): Promise<Check[]> {
  const { DATABASE_URL } = readConfiguration(process.env);
  const client = new Client({ connectionString: DATABASE_URL, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    throw new Error(`no connection to ${placeOf(client)}: ${explain(error).message}`);
  });
  try {
    return [await server(client), await schema(client), await role(client)];
  } finally {
    await client.end();
  }
}

/** Without the password. */
const placeOf = ({ host, port, database, user }: Client) => `database ${database} at ${host}:${port} as ${user}`;

async function server(client: Client): Promise<Check> {
  const { rows } = await client.query<{ version: string; database: string }>(
    `select current_setting('server_version') as version, current_database() as database`,
  );
  const { version = '0', database = '' } = rows[0] ?? {};
  const found = `PostgreSQL ${version}, database ${database}`;
  return Number.parseInt(version) >= 15
    ? good('Postgres', found)
    : bad('Postgres', found, 'Use PostgreSQL 15 or newer.');
}

async function schema(client: Client): Promise<Check> {
  const wanted = readdirSync(migrations).filter((name) => name.endsWith('.sql'));
  const there = await client.query(`select to_regclass('${defaultSchema}.migration') is not null as there`);
  const applied = there.rows[0]?.there
    ? (await client.query<{ name: string }>(`select name from ${defaultSchema}.migration`)).rows.map((row) => row.name)
    : [];
  const missing = wanted.filter((name) => !applied.includes(name));
  if (missing.length === 0) return good('ledger schema', `${wanted.length} migrations applied`);
  return bad(
    'ledger schema',
    `${missing.length} of ${wanted.length} migrations not applied`,
    'Run: temporal-mlops migrate',
  );
}

/** Without the insert-only role the ledger is guarded by its triggers alone. */
async function role(client: Client): Promise<Check> {
  const name = writerRoleOf(defaultSchema);
  const { rows } = await client.query<{ member: boolean }>(
    `select coalesce(bool_or(pg_has_role(current_user, oid, ${setPrivilege})), false) as member from pg_roles where rolname = $1`,
    [name],
  );
  if (rows[0]?.member) return good('ledger role', `${name}: can append and not change`);
  const remedy = `An administrator runs "create role ${name} nologin; grant ${name} to <user>;", then: temporal-mlops migrate`;
  return bad('ledger role', `the user may not take the role ${name}`, remedy);
}
