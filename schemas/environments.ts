import { z } from 'zod';
import { GatePolicy } from './approval.js';
import { defaultEnvironment } from './names.js';
import { DurationText, EnvironmentName } from './primitives.js';
import { saysOneStrategy, strategyFields, twoStrategies, withCanary } from './strategy.js';

/** How a version comes into an environment: step by step, and past whom. */
export const deployFields = {
  ...strategyFields,
  /** how long approvals are waited for */
  approvalTimeout: DurationText.default('30 days'),
  /** who must approve; one person, whoever it is, when absent */
  policy: GatePolicy.optional(),
};

export const DeployPolicy = z.strictObject(deployFields).refine(saysOneStrategy, twoStrategies).transform(withCanary);
type DeployPolicy = z.infer<typeof DeployPolicy>;

export const Environment = z
  .strictObject({ name: EnvironmentName, ...deployFields })
  .refine(saysOneStrategy, twoStrategies)
  .transform(withCanary);
export type Environment = z.infer<typeof Environment>;

/** Environments in order: a version that was promoted in one goes on to the next. The last one is what is monitored. */
export const Environments = z
  .tuple([Environment], Environment)
  .refine((all) => all.length <= 10, 'Must be at most 10')
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'Must have different names');
export type Environments = z.infer<typeof Environments>;

interface SaysWhere {
  /** the short form for one */
  readonly environment?: string | undefined;
  readonly environments?: Environments | undefined;
}

/** What an input became may be given again: then both name the same. */
export const saysWhereOnce = ({ environment, environments }: SaysWhere) =>
  environment === undefined || environments === undefined || environments.at(-1)?.name === environment;

export const whereTwice = {
  path: ['environments'],
  message: 'Give either "environment", the short form for one, or "environments", not both',
};

/** The environments of an input, in order; and the last one, whose answers are monitored. */
export function inOrder({ environment, environments }: SaysWhere, deploy: DeployPolicy) {
  const all: Environments = environments ?? [{ name: environment ?? defaultEnvironment, ...deploy }];
  return { environments: all, environment: all.at(-1)?.name ?? all[0].name };
}
