import { z } from 'zod';
import { ApprovalFact } from './approval.js';
import { BestRunFact } from './best-run.js';
import { DatasetVersionFact } from './dataset-version.js';
import { EndpointChangeFact } from './endpoint-change.js';
import { GateComparisonFact } from './gate-comparison.js';
import { GateDecisionFact } from './gate-decision.js';
import { LifecycleChangeFact } from './lifecycle-change.js';
import { ModelVersionFact } from './model-version.js';
import { MonitorWindowFact } from './monitor-window.js';
import { NewestDatasetFact } from './newest-dataset.js';
import { OutcomesFact } from './outcomes.js';
import { PredictionPartFact } from './prediction-part.js';
import { PredictionSegmentFact } from './prediction-segment.js';
import { RetirementFact } from './retirement.js';
import { RetrainFact } from './retrain.js';
import { RunFact } from './run.js';
import { SourceSchemaFact } from './source-schema.js';

export * from './base.js';
export * from './metric.js';

/** One append-only line of the ledger. */
export const Fact = z.discriminatedUnion('kind', [
  DatasetVersionFact,
  NewestDatasetFact,
  SourceSchemaFact,
  RunFact,
  BestRunFact,
  ModelVersionFact,
  ApprovalFact,
  GateComparisonFact,
  GateDecisionFact,
  EndpointChangeFact,
  MonitorWindowFact,
  RetrainFact,
  PredictionSegmentFact,
  PredictionPartFact,
  OutcomesFact,
  LifecycleChangeFact,
  RetirementFact,
]);
export type Fact = z.infer<typeof Fact>;
export type FactInput = z.input<typeof Fact>;
export type FactKind = Fact['kind'];

/** A fact as the ledger holds it, with its place in the chain. */
export interface RecordedFact {
  readonly seq: number;
  readonly hash: string;
  /** by the database's clock, UTC ISO */
  readonly recordedAt: string;
  readonly fact: Fact;
}
