import { ruleLabeler } from './labelers/rule.js';
import type { Ports } from './ports.js';
import { fileSource } from './sources/file.js';
import type { SqlLimits } from './sql/sql-job.js';
import { baseline } from './trainers/baseline.js';
import { gbt } from './trainers/gbt.js';
import { linear } from './trainers/linear.js';
import type { RegisteredTrainer } from './trainers/trainer-registry.js';

export interface AdapterSettings {
  /** the only folders that files may be read from */
  readonly sourceDirectories: readonly string[];
  /** what this machine keeps for its work: no source, also where it lies below a source directory */
  readonly workDirectory: string;
  /** what one job over data may use */
  readonly limits: Partial<SqlLimits>;
}

/** Also for the child that trains, which needs no other port. */
export const trainers: readonly RegisteredTrainer[] = [baseline, linear, gbt];

/** Every adapter that an input can ask for by its kind, a line each. */
export function adapters(settings: AdapterSettings): Pick<Ports, 'sources' | 'labelers' | 'trainers'> {
  return {
    sources: [fileSource({ allowed: settings.sourceDirectories, never: [settings.workDirectory] })],
    labelers: [ruleLabeler(settings.limits)],
    trainers,
  };
}
