import type { MonitorPolicy } from '../../schemas/index.js';
import { childEntry, runChild } from '../processes/child-process.js';
import { inJobDirectory } from '../processes/job-directory.js';
import type { JudgedPage } from '../reports/shown-window.js';
import { SqlLimits } from '../sql/sql-job.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { PredictionLog, PredictionRange } from '../stores/prediction-log.js';
import type { Registry } from '../stores/registry.js';
import { type VersionBaseline, versionBaseline } from './baseline.js';
import { type Circumstances, type MonitorJob, MonitorJobResult } from './monitor-job.js';
import { baselineFile, downloadSegments, outcomesFile } from './window-files.js';

export interface WindowToJudge extends PredictionRange {
  readonly circumstances: Circumstances;
}

/** What is judged, and the version that it is about. */
export interface JudgedWindow extends JudgedPage {
  readonly baseline: VersionBaseline;
}

interface Ports {
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  readonly workDirectory: string;
  /** the documented ones where a worker sets none */
  readonly limits?: Partial<SqlLimits>;
  readonly signal: AbortSignal;
}

/** Beside DuckDB's own limit: node, and the columns of the version that is judged. */
const uncountedMb = 1536;

/** Reads and judges a window in a process of its own: the thread of a worker also rolls back. Null without predictions. */
export async function judgeInProcess(ports: Ports, asked: WindowToJudge): Promise<JudgedWindow | null> {
  const limits = SqlLimits.parse(ports.limits ?? {});
  return inJobDirectory(ports.workDirectory, async (directory) => {
    const baselines = await knownBaselines(ports, asked);
    const result = MonitorJobResult.parse(
      await runChild({
        entry: childEntry('activities/monitor/monitor-child.js'),
        input: await jobIn(directory, { ports, asked, baselines, limits }),
        signal: ports.signal,
        deadlineMs: limits.deadlineSeconds * 1000,
        residentMb: limits.memoryMb + uncountedMb,
        cwd: directory,
      }),
    );
    const baseline = baselines.find(({ version }) => version === result?.result.version);
    return result === null || baseline === undefined
      ? null
      : judgedWindow(result, baseline, asked.circumstances.policy);
  });
}

function judgedWindow(
  result: NonNullable<MonitorJobResult>,
  baseline: VersionBaseline,
  policy: MonitorPolicy,
): JudgedWindow {
  return { ...result, baseline, policy, task: baseline.task, test: baseline.test };
}

/** Of every version that answered in the window: which of them is judged is known when its lines are counted. */
async function knownBaselines(ports: Ports, asked: WindowToJudge): Promise<VersionBaseline[]> {
  const versions = await ports.predictions.versions(asked);
  const found = await Promise.all(versions.map((version) => versionBaseline(ports, asked.model, version)));
  return found.filter((baseline) => baseline !== null);
}

interface JobParts {
  readonly ports: Ports;
  readonly asked: WindowToJudge;
  readonly baselines: readonly VersionBaseline[];
  readonly limits: SqlLimits;
}

async function jobIn(directory: string, { ports, asked, baselines, limits }: JobParts): Promise<MonitorJob> {
  const { model, environment, from, to, circumstances } = asked;
  const { segments, parts } = await ports.predictions.files(asked);
  const files = await Promise.all(baselines.map((baseline) => baselineFile(directory, baseline)));
  return {
    directory,
    limits,
    model,
    environment,
    window: { from, to },
    segments: await downloadSegments(ports.blobs, segments, directory),
    parts: await downloadSegments(ports.blobs, parts, directory),
    outcomes: await outcomesFile(ports.predictions, asked, directory),
    circumstances,
    baselines: Object.fromEntries(files),
  };
}
