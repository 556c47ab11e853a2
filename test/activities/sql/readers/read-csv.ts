import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { withDatabase } from '../../../../activities/sql/database.js';
import { ingestSources } from '../../../../activities/sql/ingest.js';
import { SqlLimits } from '../../../../activities/sql/sql-job.js';
import { quoteName } from '../../../../activities/sql/sql-quote.js';
import type { CsvFormat, DeclaredColumns } from '../../../../schemas/index.js';

export interface Said {
  readonly csv?: CsvFormat;
  readonly columns?: DeclaredColumns;
}

export interface ReadCsv {
  readonly types: Record<string, string>;
  /** the same in the order of the columns */
  readonly typeOrder: string[];
  /** as texts */
  readonly rows: (string | null)[][];
  readonly notes: string[];
}

const folder = mkdtempSync(join(tmpdir(), 'mlops-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const limits = SqlLimits.parse({ memoryMb: 256 });

/** Writes files, reads them as one source as the job's child does, and answers what the table holds. */
export async function readCsv(files: Record<string, string | Buffer>, said: Said = {}): Promise<ReadCsv> {
  const directory = mkdtempSync(join(folder, 'job-'));
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  });
  const read = await ingestSources({ directory, limits }, [{ name: 't', format: 'csv', files: paths, ...said }]);
  return withDatabase({ directory, limits }, async (database) => {
    const described = await database.rows('DESCRIBE t');
    const names = described.map((row) => String(row['column_name']));
    const texts = names.map((name, i) => `${quoteName(name)}::VARCHAR AS "${i}"`);
    const found = await database.rows(`SELECT ${texts.join(', ')} FROM t ORDER BY rowid`);
    const rows = found.map((row) => names.map((_, i) => (row[i] === null ? null : String(row[i]))));
    return {
      types: Object.fromEntries(described.map((row) => [String(row['column_name']), String(row['column_type'])])),
      typeOrder: described.map((row) => String(row['column_type'])),
      rows,
      notes: read.flatMap(({ told }) => told),
    };
  });
}
