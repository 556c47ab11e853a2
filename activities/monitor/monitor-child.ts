import { readFile } from 'node:fs/promises';
import { failure } from '../../schemas/index.js';
import { childMain } from '../processes/child-main.js';
import { ingestWindow } from '../sql/jobs/window.js';
import { asSqlFailed } from '../sql/sql-error.js';
import { VersionBaseline } from './baseline.js';
import { judgeWindow, mostRows } from './judge.js';
import { MonitorJob, type MonitorJobResult } from './monitor-job.js';
import { readVersion } from './rows.js';

/** Process entry: one window of the log is read once, and judged. Its rows never see the worker. */
await childMain((input) => asSqlFailed(judge(MonitorJob.parse(input)), 'Reading the prediction log'));

async function judge({ circumstances, baselines, ...asked }: MonitorJob): Promise<MonitorJobResult> {
  const counted = await ingestWindow(asked);
  const version = mostRows(counted);
  if (version === null) return null;
  const baseline = await knownBaseline(asked.model, version, baselines[version]);
  const judged = await readVersion(asked, baseline);
  return judgeWindow({ name: asked, circumstances, counted, judged });
}

async function knownBaseline(model: string, version: number, file: string | undefined): Promise<VersionBaseline> {
  if (file !== undefined) return VersionBaseline.parse(JSON.parse(await readFile(file, 'utf8')));
  const message = `The log holds predictions of ${model}@${version}, which the ledger does not know.`;
  throw failure('VERSION_NOT_FOUND', message, { model, version });
}
