import type { Pool, QueryResultRow } from 'pg';

/** The first row, or null where there is none. */
export async function first<T extends QueryResultRow>(pool: Pool, sql: string, given: unknown[]): Promise<T | null> {
  const { rows } = await pool.query<T>(sql, given);
  return rows[0] ?? null;
}

/** Bodies were parsed when they were appended, and the chain says whether they changed since. */
export async function bodyOf<T>(pool: Pool, sql: string, given: unknown[]): Promise<T | null> {
  const found = await first<{ body: string }>(pool, sql, given);
  return found && (JSON.parse(found.body) as T);
}
