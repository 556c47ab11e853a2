import { escapeIdentifier, Pool, type PoolClient } from 'pg';
import { failure } from '../../../schemas/index.js';
import { ledgerFailure } from './ledger-errors.js';
import { type LedgerLogin, loginOf, whyNoRole } from './login.js';
import { type Granted, grantRoles, showViewsTo } from './migrate-access.js';
import { type Migration, migrationsInOrder, migrationTable } from './migrations.js';
import { defaultSchema } from './roles.js';

export interface Migrated extends Granted {
  /** names of the files applied now; empty when the schema was up to date */
  readonly applied: string[];
}

export interface MigrateOptions {
  /** a schema per tenant; `mlops` when absent */
  readonly schema?: string;
  /** who works with the ledger and owns nothing of it: each is given the writer's role; the owner himself when absent */
  readonly logins?: readonly string[];
}

/**
 * Brings a database to the schema that this code needs: numbered files, each applied once, all in one transaction.
 * Several processes may start it at once. A file that was applied and has changed since is an error: history is not
 * rewritten, a new file is added. Who owns nothing may ask too: where nothing is to be done, nothing is done.
 */
export async function migrate(database: string | Pool, given: string | MigrateOptions = {}): Promise<Migrated> {
  const { schema = defaultSchema, logins = [] } = typeof given === 'string' ? { schema: given } : given;
  const pool = typeof database === 'string' ? new Pool(connectionOf(database)) : database;
  pool.on('error', () => {});
  try {
    const client = await pool.connect();
    return await inTransaction(client, () => bringUpToDate(client, schema, logins)).finally(() => client.release());
  } catch (error) {
    throw ledgerFailure(error);
  } finally {
    if (typeof database === 'string') await pool.end();
  }
}

/** By the owner's login where there is one, for whoever logs in otherwise. */
export async function migrateAsOwner(settings: {
  DATABASE_URL: string;
  MLOPS_MIGRATION_URL?: string | undefined;
}): Promise<Migrated> {
  const { DATABASE_URL: url, MLOPS_MIGRATION_URL: owner = url } = settings;
  const [login, own] = [url, owner].map((text) => decodeURIComponent(new URL(text).username));
  return migrate(owner, { logins: login === undefined || login === '' || login === own ? [] : [login] });
}

async function bringUpToDate(client: PoolClient, schema: string, logins: readonly string[]): Promise<Migrated> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('temporal-mlops/migrate', 0))`);
  await requireUtf8(client);
  const login = await loginOf(client, schema);
  if (!isOwner(login) && (await isUpToDate(client, schema)))
    return { applied: [], writerRole: login.roles[0] ?? null, advice: whyNoRole(login, { schema, as: 'writer' }) };
  await enterSchema(client, schema);
  const applied = await applyMissing(client);
  for (const user of [login.user, ...logins]) await showViewsTo(client, schema, user);
  return { applied, ...(await grantRoles(client, schema, logins.length === 0 ? [login.user] : logins)) };
}

async function applyMissing(client: PoolClient): Promise<string[]> {
  const applied: string[] = [];
  const known = await appliedMigrations(client);
  for (const migration of migrationsInOrder()) {
    if (refuseEdited(migration, known.get(migration.name))) continue;
    await client.query(migration.sql);
    await client.query('insert into migration (name, sha256) values ($1, $2)', [migration.name, migration.sha256]);
    applied.push(migration.name);
  }
  return applied;
}

/** Or whoever makes the schema now, and so will own it. */
const isOwner = ({ isSuperuser, owns, isSchemaThere }: LedgerLogin) =>
  isSuperuser || !isSchemaThere || owns.some((what) => what.startsWith('the schema'));

async function isUpToDate(client: PoolClient, schema: string): Promise<boolean> {
  const table = `${escapeIdentifier(schema)}.migration`;
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
  if (rows[0]?.there !== true) return false;
  await client.query(`set local search_path to ${escapeIdentifier(schema)}, pg_temp`);
  const known = await appliedMigrations(client);
  return migrationsInOrder().every(({ name, sha256 }) => known.get(name) === sha256);
}

/** True when it is applied already. */
function refuseEdited({ name, sha256 }: Migration, known: string | undefined): boolean {
  if (known === undefined || known === sha256) return known !== undefined;
  const message = `The migration ${name} was changed after it had been applied. Restore the file and add a new one.`;
  throw failure('CONFIGURATION_INVALID', message, { name, applied: known, found: sha256 });
}

async function enterSchema(client: PoolClient, schema: string): Promise<void> {
  const name = escapeIdentifier(schema);
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema ${name}`);
  await client.query(`set local search_path to ${name}, pg_temp`);
  await client.query(migrationTable);
}

async function appliedMigrations(client: PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from migration');
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]));
}

/** Hashes are taken of UTF-8 bytes, in the database as in Node. */
async function requireUtf8(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  const message = `The database has the encoding ${encoding}; the ledger needs UTF8. Create it with ENCODING 'UTF8'.`;
  throw failure('CONFIGURATION_INVALID', message, { encoding });
}

async function inTransaction<T>(client: PoolClient, act: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await act();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

function connectionOf(connectionString: string) {
  return { connectionString, max: 1, connectionTimeoutMillis: 5_000, statement_timeout: 120_000 };
}
