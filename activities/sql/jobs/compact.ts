import { join } from 'node:path';
import { withDatabase } from '../database.js';
import type { CompactJob, CompactJobResult } from '../sql-job.js';
import { quoteInstant, quoteText } from '../sql-quote.js';
import { isPrediction, predictionsIn } from './prediction-lines.js';

const columns =
  'id, request_id, model, version, model_digest, environment, "at", event_at, happened, inputs::VARCHAR AS inputs, output';

/** The child's half of compaction. Rows keep their order and one thread writes them: the same segments give the same bytes. */
export async function compactJob({ directory, limits, ...asked }: CompactJob): Promise<CompactJobResult> {
  const access = { directory, limits, threads: 1 };
  await withDatabase({ ...access, readableFiles: asked.segments }, async (database) => {
    await database.run('CREATE SCHEMA mlops');
    await database.run(`CREATE TABLE mlops.prediction AS ${predictionsOf(asked)}`);
  });
  const out = join(directory, 'out');
  const file = join(out, 'part.parquet');
  return withDatabase({ ...access, writableDirectory: out }, async (database) => {
    await database.run(
      `COPY (FROM mlops.prediction ORDER BY rowid) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const { rows } = await database.row('SELECT count(*)::DOUBLE AS rows FROM mlops.prediction');
    return { file, rows: Number(rows) };
  });
}

function predictionsOf({ segments, model, environment, window }: Omit<CompactJob, 'directory' | 'limits'>): string {
  return `SELECT ${columns} FROM (${predictionsIn(segments)})
    WHERE ${isPrediction} AND model = ${quoteText(model)} AND environment = ${quoteText(environment)}
      AND happened >= ${quoteInstant(window.from)} AND happened < ${quoteInstant(window.to)}`;
}
