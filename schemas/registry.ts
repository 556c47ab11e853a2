import type { z } from 'zod';
import { CollectInput } from './collect.js';
import { DeployInput } from './deploy.js';
import { LabelInput } from './label.js';
import { Configure, LifecycleInput } from './lifecycle.js';
import { Answer, Decide, Pause, RecordOutcomes, Resume, Retire, RetrainSignal, Rollback } from './messages.js';
import { MonitorInput } from './monitor.js';
import { PackageInput } from './package.js';
import { RetrainInput } from './retrain.js';
import { TrainInput } from './train.js';

/** A workflow or message as documented: its schema and a valid example that an error may show. */
export interface Documented {
  readonly kind: 'workflow' | 'signal' | 'update';
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** a signal whose name is an update's, too, with the same body */
  readonly isUpdateToo?: true;
  /** of what else it takes, where it takes one of several */
  readonly others?: readonly unknown[];
}

const collect = {
  dataset: 'flights',
  sources: [{ name: 'flights', path: 'data/flights.parquet' }],
  window: { column: 'departure', from: '2001-01-01', to: '2001-03-01' },
  expectations: [{ kind: 'notNull', column: 'departure', severity: 'fail' }],
};
const label = { rule: 'delay > 15', knownAt: 'departure + to_minutes(180)', timeColumn: 'departure' };
const train = { search: { trainers: ['baseline', 'gbt'], trials: 8 }, seed: 1 };
const recipe = { collect, label, train };
const answer = { by: 'ana@example.com', comment: 'looks right' };

/** Everything that can be sent, by wire name. `temporal-mlops schema <name>` and every InvalidInput read from here. */
export const registry = {
  collectData: { kind: 'workflow', schema: CollectInput, example: collect },
  labelData: { kind: 'workflow', schema: LabelInput, example: { dataset: { name: 'flights' }, ...label } },
  trainModel: {
    kind: 'workflow',
    schema: TrainInput,
    example: { model: 'flight-delay', dataset: { name: 'flights-labelled' }, ...train },
  },
  packageModel: { kind: 'workflow', schema: PackageInput, example: { model: 'flight-delay' } },
  deployModel: {
    kind: 'workflow',
    schema: DeployInput,
    example: { model: 'flight-delay', environment: 'production', canary: { share: 0.1, duration: '1 minute' } },
    others: [
      { model: 'flight-delay', environment: 'production', rollback: { by: 'ana@example.com', reason: 'late answers' } },
    ],
  },
  monitorModel: {
    kind: 'workflow',
    schema: MonitorInput,
    example: { model: 'flight-delay', environment: 'production' },
  },
  retrainModel: { kind: 'workflow', schema: RetrainInput, example: { model: 'flight-delay', recipe } },
  modelLifecycle: {
    kind: 'workflow',
    schema: LifecycleInput,
    example: { model: 'flight-delay', recipe, monitor: { every: '1 day' } },
  },
  approve: { kind: 'signal', schema: Answer, example: answer },
  reject: { kind: 'signal', schema: Answer, example: { ...answer, comment: 'calibration is off' } },
  rollback: {
    kind: 'signal',
    isUpdateToo: true,
    schema: Rollback,
    example: { by: 'ana@example.com', reason: 'late answers' },
  },
  pause: { kind: 'signal', schema: Pause, example: { by: 'ana@example.com', reason: 'freeze' } },
  resume: { kind: 'signal', schema: Resume, example: { by: 'ana@example.com' } },
  retrain: { kind: 'signal', schema: RetrainSignal, example: { by: 'ana@example.com', reason: 'new airline' } },
  recordOutcomes: {
    kind: 'signal',
    schema: RecordOutcomes,
    example: { by: 'billing', outcomes: [{ requestId: 'order:991', model: 'flight-delay', outcome: 1 }] },
  },
  retire: { kind: 'signal', schema: Retire, example: { by: 'ana@example.com', reason: 'replaced' } },
  decide: { kind: 'update', schema: Decide, example: { decision: 'approve', ...answer } },
  configure: {
    kind: 'update',
    schema: Configure,
    example: { by: 'ana@example.com', specification: { monitor: { every: '6 hours' }, compareEvery: '1 minute' } },
  },
} as const satisfies Record<string, Documented>;
export type RegisteredName = keyof typeof registry;
