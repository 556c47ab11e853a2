import { childEntry, runChild } from '../processes/child-process.js';
import {
  type CollectJob,
  CollectJobResult,
  type CompactJob,
  CompactJobResult,
  type DuckdbJob,
  type InspectJob,
  InspectJobResult,
  type LabelJob,
  LabelJobResult,
  type MatrixJob,
  MatrixJobResult,
  RawRows,
  type RuleJob,
  RuleJobResult,
  type SampleJob,
  type SqlLimits,
} from './sql-job.js';

/** What DuckDB's memory limit does not count: node itself, strings in flight, Parquet buffers. */
const uncountedMb = 1024;

export interface SqlProcess {
  readonly directory: string;
  readonly limits: SqlLimits;
  readonly signal?: AbortSignal | undefined;
}

/*
 * Errors of every job: SQL_REFUSED · SQL_FAILED · SQL_TIMEOUT at the deadline · JOB_TOO_LARGE for too much memory or
 * disk, and those of its stage.
 */
type Without<J> = Omit<J, 'kind' | 'directory' | 'limits'>;

export async function runCollect(at: SqlProcess, job: Without<CollectJob>): Promise<CollectJobResult> {
  return CollectJobResult.parse(await run(at, { kind: 'collect', ...job, ...place(at) }));
}
export async function runRule(at: SqlProcess, job: Without<RuleJob>): Promise<RuleJobResult> {
  return RuleJobResult.parse(await run(at, { kind: 'rule', ...job, ...place(at) }));
}
export async function runLabel(at: SqlProcess, job: Without<LabelJob>): Promise<LabelJobResult> {
  return LabelJobResult.parse(await run(at, { kind: 'label', ...job, ...place(at) }));
}
export async function runMatrix(at: SqlProcess, job: Without<MatrixJob>): Promise<MatrixJobResult> {
  return MatrixJobResult.parse(await run(at, { kind: 'matrix', ...job, ...place(at) }));
}
export async function runSample(at: SqlProcess, job: Without<SampleJob>): Promise<RawRows> {
  return RawRows.parse(await run(at, { kind: 'sample', ...job, ...place(at) }));
}
export async function runCompact(at: SqlProcess, job: Without<CompactJob>): Promise<CompactJobResult> {
  return CompactJobResult.parse(await run(at, { kind: 'compact', ...job, ...place(at) }));
}
export async function runInspect(at: SqlProcess, job: Without<InspectJob>): Promise<InspectJobResult> {
  return InspectJobResult.parse(await run(at, { kind: 'inspect', ...job, ...place(at) }));
}

const place = ({ directory, limits }: SqlProcess) => ({ directory, limits });

function run({ directory, limits, signal }: SqlProcess, job: DuckdbJob): Promise<unknown> {
  return runChild({
    entry: childEntry('activities/sql/sql-child.js'),
    input: job,
    signal,
    deadlineMs: limits.deadlineSeconds * 1000,
    deadlineCode: 'SQL_TIMEOUT',
    residentMb: limits.memoryMb + uncountedMb,
    disk: { folder: directory, mb: limits.diskMb },
    tooLargeCode: 'JOB_TOO_LARGE',
    cwd: directory,
  });
}
