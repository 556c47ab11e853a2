import { tmpdir } from 'node:os';
import { inJobDirectory } from '../../activities/processes/job-directory.js';
import { type InspectJobResult, type SourceFiles, SqlLimits } from '../../activities/sql/sql-job.js';
import { runInspect } from '../../activities/sql/sql-process.js';

/** Reads a file in a child of its own, as a worker's collection does. */
export function inspectFile(source: SourceFiles, rule: string | null): Promise<InspectJobResult> {
  return inJobDirectory(tmpdir(), (directory) =>
    runInspect({ directory, limits: SqlLimits.parse({}) }, { source, rule }),
  );
}
