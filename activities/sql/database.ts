import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type JS } from '@duckdb/node-api';
import { failure } from '../../schemas/index.js';
import { asPattern } from './file-pattern.js';
import type { SqlLimits } from './sql-job.js';
import { quoteText } from './sql-quote.js';

export type Row = Record<string, JS>;

export interface DatabaseAccess {
  /** the job's own folder: database file and spilled data live here */
  readonly directory: string;
  readonly limits: SqlLimits;
  /** files that may be read; nothing else can be */
  readonly readableFiles?: readonly string[];
  /** the one folder that COPY may write to; none when absent */
  readonly writableDirectory?: string;
  /** 1 where bytes must not depend on timing */
  readonly threads?: number;
  /** tables that are small enough are written as they are: packing them takes longer than writing them */
  readonly unpacked?: boolean;
}

/**
 * One locked phase of a job. Phases share a database file, not an instance: what one phase may read or write, the next
 * one cannot. A file and not `:memory:`, because then three million rows cost disk and not memory.
 */
export async function withDatabase<T>(access: DatabaseAccess, use: (database: Database) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(join(access.directory, 'job.duckdb'));
  const database = new Database(instance, await instance.connect());
  try {
    for (const setting of lockSettings(access)) await database.run(setting);
    return await use(database);
  } finally {
    database.close();
  }
}

export class Database {
  readonly #instance: DuckDBInstance;
  readonly connection: DuckDBConnection;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.connection = connection;
  }

  async run(sql: string, values?: DuckDBValue[]): Promise<void> {
    await this.connection.run(sql, values);
  }

  async rows(sql: string, values?: DuckDBValue[]): Promise<Row[]> {
    return (await this.connection.runAndReadAll(sql, values)).getRowObjectsJS();
  }

  async row(sql: string): Promise<Row> {
    const [first] = await this.rows(sql);
    if (first === undefined) throw failure('SQL_FAILED', 'A query gave no row.');
    return first;
  }

  /**
   * Does work two at a time, each over a connection of its own. Where the phase has one thread, every statement runs in one
   * thread still, and gives what it would give alone, to the last bit.
   */
  async twoAtATime<T>(work: readonly ((connection: Database) => Promise<T>)[]): Promise<T[]> {
    const waiting = [...work.entries()];
    const done: T[] = [];
    const worker = async () => {
      const connection = await this.#instance.connect();
      const own = new Database(this.#instance, connection);
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done[next[0]] = await next[1](own);
      connection.closeSync();
    };
    await Promise.all([worker(), worker()]);
    return done;
  }

  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/** The order matters: after the last two lines nothing can be opened and no setting changed. */
function lockSettings(access: DatabaseAccess): string[] {
  const { directory, limits, readableFiles = [], writableDirectory, threads, unpacked = false } = access;
  const list = (paths: readonly string[]) => `[${paths.map(quoteText).join(', ')}]`;
  return [
    'SET autoinstall_known_extensions=false',
    'SET autoload_known_extensions=false',
    'SET allow_community_extensions=false',
    `SET memory_limit='${limits.memoryMb}MB'`,
    `SET threads=${threads ?? limits.threads}`,
    `SET temp_directory=${quoteText(join(directory, 'spill'))}`,
    `SET max_temp_directory_size='${limits.spillMb}MB'`,
    ...(unpacked ? ["SET force_compression='uncompressed'"] : []),
    "SET TimeZone='UTC'",
    'SET ieee_floating_point_ops=false', // a division by zero gives null, which is missing, and not infinity or NaN
    `SET allowed_paths=${list([...new Set(readableFiles.flatMap((file) => [file, asPattern(file)]))])}`,
    `SET allowed_directories=${list(writableDirectory === undefined ? [] : [writableDirectory])}`,
    'SET enable_external_access=false',
    'SET lock_configuration=true',
  ];
}
