import type { QueryConfig } from 'pg';

/** Of one question; it may read a whole table, which takes longer than any append. */
export const verifyTimeoutMs = 600_000;

export function patient(text: string, values: unknown[] = []): QueryConfig & { query_timeout: number } {
  return { text, values, query_timeout: verifyTimeoutMs };
}
