import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedTrainInput, ColumnRoles, ColumnType, Instant } from '../../schemas/index.js';
import type { ComparedMetric } from '../../statistics/metrics/weighted-metric.js';
import { childEntry, runChild } from '../processes/child-process.js';
import { inJobDirectory } from '../processes/job-directory.js';
import type { DatasetFiles, SqlLimits } from '../sql/sql-job.js';
import { type CompareJob, CompareJobResult, type ModelFile } from './compare-job.js';
import type { PackagedModel } from './packaged-model.js';

export interface ComparisonToRun {
  readonly champion: PackagedModel;
  readonly challenger: PackagedModel;
  readonly metrics: readonly ComparedMetric[];
  readonly dataset: DatasetFiles;
  readonly roles: ColumnRoles;
  readonly input: CheckedTrainInput;
  readonly from: Instant | null;
  /** see `HeldOutRequest` */
  readonly unseenFrom: string | null;
}

export interface ProcessPlace {
  readonly workDirectory: string;
  readonly limits: SqlLimits;
  readonly signal: AbortSignal;
}

const mostRows = 50_000;
/** Beside DuckDB's own limit: node, ONNX Runtime and the rows in memory. */
const uncountedMb = 1536;

/** Both models on the same rows, in one process of their own: a model of strangers may hang or eat memory. */
export async function compareInProcess(
  place: ProcessPlace,
  comparison: ComparisonToRun,
): Promise<CompareJobResult & { championMissed: string[] }> {
  const { limits, signal, workDirectory } = place;
  return inJobDirectory(workDirectory, async (directory) => {
    const result = await runChild({
      entry: childEntry('activities/retrain/compare-child.js'),
      input: await jobIn(directory, comparison, limits),
      signal,
      deadlineMs: limits.deadlineSeconds * 1000,
      residentMb: limits.memoryMb + uncountedMb,
      disk: { folder: directory, mb: limits.diskMb },
      tooLargeCode: 'JOB_TOO_LARGE',
      cwd: directory,
    });
    return { ...CompareJobResult.parse(result), championMissed: missedBy(comparison.champion, comparison.dataset) };
  });
}

async function jobIn(directory: string, comparison: ComparisonToRun, limits: SqlLimits): Promise<CompareJob> {
  const { champion, challenger, metrics, dataset, roles, input, from, unseenFrom } = comparison;
  const missed = missedBy(champion, dataset);
  const names = [champion, challenger].flatMap(({ signature }) => signature.inputs.map(({ name }) => name));
  const needed = challenger.signature.inputs.map(({ name }) => name);
  const columns = new Set(names.filter((name) => needed.includes(name) || !missed.includes(name)));
  return {
    task: challenger.task,
    metrics: [...metrics],
    heldOut: { directory, limits, dataset, roles, input, from, unseenFrom, columns: [...columns], most: mostRows },
    champion: await modelFile(directory, 'champion', { ...champion, missing: missed }),
    challenger: await modelFile(directory, 'challenger', { ...challenger, missing: [] }),
  };
}

/**
 * What the data has no more, or holds as another type, is missing to the champion, as it is where it serves; a challenger
 * learnt from data of today.
 */
function missedBy({ signature }: PackagedModel, { columns }: DatasetFiles): string[] {
  const there = new Map(columns.map(({ name, type }) => [name, type]));
  const takes = (wanted: ColumnType, type: ColumnType | undefined) =>
    type === wanted || (wanted === 'number' && type === 'integer');
  return signature.inputs.filter(({ name, type }) => !takes(type, there.get(name))).map(({ name }) => name);
}

async function modelFile(
  directory: string,
  name: string,
  { bytes, signature, missing }: PackagedModel & Pick<ModelFile, 'missing'>,
): Promise<ModelFile> {
  const file = join(directory, `${name}.onnx`);
  await writeFile(file, bytes);
  return { file, signature, missing };
}
