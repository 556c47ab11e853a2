import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The numbered files next to this one; the build copies them. */
export function migrationsInOrder(): Migration[] {
  const folder = new URL('migrations/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => {
    const sql = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n');
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

/** Which of them were applied. */
export const migrationTable = `create table if not exists migration (
  name text primary key, sha256 text not null, applied_at timestamptz not null default clock_timestamp())`;
