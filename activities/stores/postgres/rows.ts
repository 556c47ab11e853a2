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

const pageRows = 10_000;

/** All rows, page by page, as they were at the first: memory does not grow with them. */
export async function* pagesOf<T extends QueryResultRow>(
  pool: Pool,
  sql: string,
  given: unknown[],
): AsyncIterable<T[]> {
  const client = await pool.connect();
  let isOver = false;
  try {
    await client.query('begin read only');
    await client.query(`declare pages no scroll cursor for ${sql}`, given);
    for (;;) {
      const { rows } = await client.query<T>(`fetch ${pageRows} from pages`);
      if (rows.length === 0) break;
      yield rows;
    }
    await client.query('commit');
    isOver = true;
  } finally {
    client.release(!isOver); // in the middle of a transaction nobody else can use it
  }
}
