import { type FileHandle, open } from 'node:fs/promises';
import { type Column, failure } from '../../../schemas/index.js';
import type { Database } from '../database.js';
import type { Candidate } from './prepared-rows.js';
import { splitNames } from './splits.js';

/** Written as one text file, a block of at most 2,048 rows a line; see `readRawBlocks`. */
interface RawRowsToWrite {
  readonly inputs: readonly Column[];
  readonly candidates: readonly Candidate[];
}

/** Raw rows of the validation and the test split, in the order of the matrix: what a model with its preprocessing takes. */
export async function writeRawRows(
  database: Database,
  file: string,
  { inputs, candidates }: RawRowsToWrite,
): Promise<void> {
  const columns = inputs.map(({ name }) => rawIn(candidateNamed(candidates, name)));
  const handle = await open(file, 'wx');
  try {
    for (const split of ['validation', 'test'] as const) await writeSplit(database, handle, { split, columns });
  } finally {
    await handle.close();
  }
}

async function writeSplit(
  database: Database,
  handle: FileHandle,
  { split, columns }: { split: 'validation' | 'test'; columns: readonly string[] },
): Promise<void> {
  const from = `FROM mlops.prepared WHERE s = ${splitNames.indexOf(split)}`;
  const result = await database.connection.stream(`SELECT ${columns.join(', ')} ${from}`);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    await handle.writeFile(`${JSON.stringify({ split, columns: chunk.getColumns() })}\n`);
  }
}

/** Numbers are doubles, times epoch milliseconds; JSON writes what is not finite as null, which is missing. */
function rawIn({ alias, type }: Candidate): string {
  if (type === 'timestamp') return `CASE WHEN isfinite(${alias}) THEN floor(epoch_us(${alias}) / 1000)::DOUBLE END`;
  return type === 'integer' || type === 'number' ? `${alias}::DOUBLE` : alias;
}

function candidateNamed(candidates: readonly Candidate[], name: string): Candidate {
  const candidate = candidates.find((one) => one.name === name);
  if (candidate !== undefined) return candidate;
  throw failure('SQL_FAILED', `Column "${name}" was not prepared.`, { name });
}
