import { type Comparison, type DatasetReference, failure, type Objective } from '../schemas/index.js';
import type { ComparedMetric } from '../statistics/metrics/weighted-metric.js';
import { objectiveOf } from '../statistics/tasks/tasks.js';
import { improvement, isSameModel } from '../statistics/verdicts/challenger.js';
import { currentBeat } from './processes/heartbeat.js';
import { type PackagedModel, packagedModel } from './retrain/packaged-model.js';
import { answerSameRows } from './retrain/same-rows.js';
import type { SqlLimits } from './sql/sql-job.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Registry } from './stores/registry.js';

export interface RetrainPorts {
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface ChallengerToCompare {
  readonly model: string;
  /** null when nothing serves yet: then the challenger wins unopposed */
  readonly champion: number | null;
  readonly challenger: number;
  /** a labelled dataset version */
  readonly dataset: DatasetReference;
  /** labelled rows from here on; the challenger's own test split when null */
  readonly compareFrom: string | null;
  readonly minImprovement: number;
  /** the task's own when absent: log loss for a probability, RMSE for a number */
  readonly objective?: Objective;
}

export interface RetrainActivities {
  /**
   * Both packages answer the same labelled rows that the challenger did not learn from. `difference`, `low` and `high`
   * are turned so that positive is better: a log loss of 0.44 after 0.45 is +0.01. Changes nothing: the same call gives
   * the same comparison.
   */
  compareChallenger(input: ChallengerToCompare): Promise<Comparison>;
}

const mostMissed = 20;

export function createRetrainActivities(ports: RetrainPorts): RetrainActivities {
  return {
    compareChallenger: (input) => compareChallenger(ports, input, currentBeat().signal),
  };
}

async function compareChallenger(
  ports: RetrainPorts,
  input: ChallengerToCompare,
  signal: AbortSignal,
): Promise<Comparison> {
  const challenger = await packagedModel(ports, input.model, input.challenger);
  const { name: objective, comparedBy: metric } = objectiveOf(challenger.task, input.objective, 'objective');
  if (input.champion === null) return uncontested(challenger, { objective, metric, champion: null });
  const champion = await packagedModel(ports, input.model, input.champion);
  if (isSameModel(champion, challenger)) return uncontested(challenger, { objective, metric, champion });
  const { dataset, compareFrom } = input;
  const asked = { champion, challenger, metrics: [metric], dataset, compareFrom, signal };
  const compared = await answerSameRows(ports, asked);
  const pair = compared.pairs[0] ?? refuseOneClass(compared.rows);
  return {
    championVersion: champion.version,
    challengerVersion: challenger.version,
    rows: compared.rows,
    objective,
    metric,
    champion: pair.champion,
    challenger: pair.challenger,
    ...improvement(metric, pair, input.minImprovement),
    sameModel: false,
    championMetrics: { ...compared.championMetrics },
    challengerMetrics: { ...compared.challengerMetrics },
    championMissed: compared.championMissed.slice(0, mostMissed).map((name) => name.slice(0, 100)),
  };
}

function refuseOneClass(rows: number): never {
  throw failure('ONE_CLASS', `All ${rows} rows to compare on have the same label: no ROC AUC.`);
}

/**
 * No row is scored, and the numbers are those of the challenger's own test: there is nothing to be better than, or it is
 * the champion's own model again.
 */
function uncontested(
  { version, test }: PackagedModel,
  { objective, metric, champion }: { objective: Objective; metric: ComparedMetric; champion: PackagedModel | null },
): Comparison {
  const metrics: Record<string, number | null> = { ...test };
  const value = metrics[metric] ?? 0;
  return {
    championVersion: champion?.version ?? null,
    challengerVersion: version,
    rows: 0,
    objective,
    metric,
    champion: value,
    challenger: value,
    difference: 0,
    low: 0,
    high: 0,
    challengerWins: champion === null,
    sameModel: champion !== null,
    championMetrics: champion === null ? {} : metrics,
    challengerMetrics: metrics,
    championMissed: [],
  };
}
