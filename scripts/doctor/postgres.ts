import { Client } from 'pg';
import { loginOf, whyNoRole, whyTooMuch } from '../../activities/stores/postgres/login.js';
import { migrationsInOrder } from '../../activities/stores/postgres/migrations.js';
import { defaultSchema } from '../../activities/stores/postgres/roles.js';
import { type Configuration, readConfiguration } from '../../schemas/index.js';
import { explain } from '../cli/explain-error.js';
import { bad, type Check, good } from './check.js';

export async function checkPostgres(): Promise<Check[]> {
  const { DATABASE_URL, MLOPS_PROFILE } = readConfiguration(process.env);
  const client = new Client({ connectionString: DATABASE_URL, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    throw new Error(`no connection to ${placeOf(client)}: ${explain(error).message}`);
  });
  try {
    return [await server(client), await schema(client), await login(client, MLOPS_PROFILE)];
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
  const wanted = migrationsInOrder().map(({ name }) => name);
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

/** Who may change the ledger by its login alone is refused in production, and told of in development. */
async function login(client: Client, profile: Configuration['MLOPS_PROFILE']): Promise<Check> {
  const place = { schema: defaultSchema, as: 'writer' } as const;
  const found = await loginOf(client, defaultSchema);
  const tooMuch = whyTooMuch(found, place);
  const noRole = whyNoRole(found, place);
  const roles = found.roles.length === 0 ? 'no role of the ledger' : found.roles.join(' and ');
  const who = `${found.user}, ${roles}${tooMuch === null ? ', owns nothing' : ''}`;
  if (noRole !== null) return bad('ledger login', who, noRole);
  if (tooMuch === null) return good('ledger login', who);
  return profile === 'production' ? bad('ledger login', who, tooMuch) : good('ledger login', who, tooMuch);
}
