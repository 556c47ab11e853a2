import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { escapeIdentifier, Pool, type PoolClient } from 'pg';
import { failure } from '../../../schemas/index.js';
import { ledgerFailure } from './ledger-errors.js';
import { type Granted, grantWriter, showViewsByDefault } from './migrate-access.js';
import { defaultSchema } from './pool.js';

export interface Migrated extends Granted {
  /** names of the files applied now; empty when the schema was up to date */
  readonly applied: string[];
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/**
 * Brings a database to the schema that this code needs: numbered files, each applied once, all in one transaction.
 * Several processes may start it at once. A file that was applied and has changed since is an error: history is not
 * rewritten, a new file is added.
 */
export async function migrate(database: string | Pool, schema: string = defaultSchema): Promise<Migrated> {
  const pool = typeof database === 'string' ? new Pool(connectionOf(database)) : database;
  pool.on('error', () => {});
  try {
    const client = await pool.connect();
    return await inTransaction(client, () => bringUpToDate(client, schema)).finally(() => client.release());
  } catch (error) {
    throw ledgerFailure(error);
  } finally {
    if (typeof database === 'string') await pool.end();
  }
}

/** The files next to this one; the build copies them. */
function migrations(): Migration[] {
  const folder = new URL('migrations/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => {
    const sql = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n');
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

async function bringUpToDate(client: PoolClient, schema: string): Promise<Migrated> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('temporal-mlops/migrate', 0))`);
  await requireUtf8(client);
  await enterSchema(client, schema);
  const applied: string[] = [];
  const known = await appliedMigrations(client);
  for (const migration of migrations()) {
    if (refuseEdited(migration, known.get(migration.name))) continue;
    await client.query(migration.sql);
    await client.query('insert into migration (name, sha256) values ($1, $2)', [migration.name, migration.sha256]);
    applied.push(migration.name);
  }
  await showViewsByDefault(client, schema);
  return { applied, ...(await grantWriter(client, schema)) };
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
  await client.query(`create table if not exists migration (
    name text primary key, sha256 text not null, applied_at timestamptz not null default clock_timestamp())`);
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
