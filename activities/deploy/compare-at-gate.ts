import { canonicalJson, errorCode, type FactOrigin, type GateComparison } from '../../schemas/index.js';
import type { ComparedMetric } from '../../statistics/metrics/weighted-metric.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { improvement, isSameModel, type MeasuredPair } from '../../statistics/verdicts/challenger.js';
import { currentBeat } from '../processes/heartbeat.js';
import { type PackagedModel, packagedModel } from '../retrain/packaged-model.js';
import { answerSameRows } from '../retrain/same-rows.js';
import type { SqlLimits } from '../sql/sql-job.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { Registry } from '../stores/registry.js';
import { type FinishedRun, finishedRun } from '../train/finished-run.js';

export interface ComparePorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

/** What wants to serve, and what serves. */
export interface VersionsAtGate {
  readonly model: string;
  readonly version: number;
  readonly serving: number;
}

export const comparisonKey = ({ model, version, serving }: VersionsAtGate): string =>
  `comparison/${model}/${version}/${serving}`;

/** Compares the two once; the fact says it from then on. */
export async function compareAtGate(ports: ComparePorts, asked: VersionsAtGate, origin: FactOrigin): Promise<void> {
  const key = comparisonKey(asked);
  if ((await ports.ledger.fact(key)) !== null) return;
  const { packageDigest, ...body } = await compared(ports, asked);
  const fact = {
    kind: 'gateComparison' as const,
    key,
    origin,
    digest: packageDigest,
    body: { packageDigest, ...body },
  };
  try {
    await ports.ledger.append(fact);
  } catch (error) {
    if (errorCode(error) !== 'LEDGER_CONFLICT') throw error; // another worker's last digit: its comparison stands
  }
}

async function compared(ports: ComparePorts, { model, version, serving }: VersionsAtGate): Promise<GateComparison> {
  const [challenger, champion] = [
    await packagedModel(ports, model, version),
    await packagedModel(ports, model, serving),
  ];
  const about = { model, version, serving, packageDigest: challenger.packageDigest };
  if (isSameModel(champion, challenger)) return { ...about, ...sameModel };
  const { run } = await finishedRun(ports, challenger.runId);
  const metrics = metricsOf(challenger);
  const { dataset } = run;
  const asked = { champion, challenger, metrics, dataset, compareFrom: null, signal: currentBeat().signal };
  const answered = await answerSameRows(ports, asked);
  return {
    ...about,
    rows: answered.rows,
    differences: metrics.flatMap((metric, i) => differenceOf(metric, answered.pairs[i] ?? null)),
    calibrationGap: { serving: answered.gaps.champion, candidate: answered.gaps.challenger },
    servingMissed: answered.championMissed.slice(0, 20).map((name) => name.slice(0, 60)),
    mayKnowRows: !answered.isTimed && !(await isSameSplit(ports, { champion, challenger })),
  };
}

const sameModel = { rows: 0, differences: [], calibrationGap: null, servingMissed: [], mayKnowRows: false };
const mostMetrics = 2;

/** What a task is judged by first, in as many ways as rows can be resampled for. */
function metricsOf({ task }: PackagedModel): ComparedMetric[] {
  return [...new Set(tasks[task].objectives.map(({ comparedBy }) => comparedBy))].slice(0, mostMetrics);
}

function differenceOf(metric: ComparedMetric, pair: MeasuredPair | null): GateComparison['differences'] {
  if (pair === null) return [];
  const { difference, low, high } = improvement(metric, pair, 0);
  return [{ metric, serving: pair.champion, candidate: pair.challenger, difference, low, high }];
}

interface Both {
  readonly champion: PackagedModel;
  readonly challenger: PackagedModel;
}

/** Without a time only an equal split of equal data keeps the test rows of one from the other's training. */
async function isSameSplit(ports: ComparePorts, { champion, challenger }: Both): Promise<boolean> {
  const [one, other] = [await finishedRun(ports, champion.runId), await finishedRun(ports, challenger.runId)];
  const drawnBy = ({ run, document: { preparation } }: FinishedRun) =>
    canonicalJson({ digest: run.dataset.digest, split: preparation.split, seed: preparation.seed });
  return drawnBy(one) === drawnBy(other);
}
