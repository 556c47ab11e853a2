import { Pool } from 'pg';
import { inject } from 'vitest';

/** A database of its own for a test file, beside the run's. */
export async function createDatabase(name: string): Promise<string> {
  await ask(inject('databaseUrl'), `create database ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** As the superuser, on a connection of its own. */
export async function ask(connectionString: string, sql: string) {
  const pool = new Pool({ connectionString, max: 1 });
  try {
    return await pool.query(sql);
  } finally {
    await pool.end();
  }
}
