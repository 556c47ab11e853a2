import { z } from 'zod';
import { DurationText } from './primitives.js';

/** A share of the requests: more than none, at most all. */
const Share = z.number().gt(0).max(1);

/** What a version's answers are held against while it is looked at. */
export const AnalysisPolicy = z.strictObject({
  /** how long it is looked at, however soon the answers are enough */
  duration: DurationText.default('1 minute'),
  /** it does not go on with fewer answers than this */
  minRequests: z.number().int().min(0).default(20),
  /** a larger share of failed answers stops the rollout */
  maxErrorShare: z.number().min(0).max(1).default(0.01),
  /** a share of refused requests that is larger than the current version's by more than this stops it */
  maxRefusedShare: z.number().min(0).max(1).default(0.05),
  /** its p99 may be so many times the current version's, or longer by the grace, whichever is more */
  maxSlowdown: z.number().min(1).max(1000).default(2),
  slowdownGrace: DurationText.default('20 ms'),
  /** gives up when minRequests have not arrived by then */
  timeout: DurationText.default('1 hour'),
  /** the longest time between two looks, at least a second, 15 seconds when absent; the first ones are closer together */
  lookEvery: DurationText.optional(),
});
export type AnalysisPolicy = z.infer<typeof AnalysisPolicy>;

/** The short form of a strategy: one share that is analysed, then all traffic. */
export const CanaryPolicy = z.strictObject({
  /** share of requests the new version answers before it answers all */
  share: Share.default(0.1),
  ...AnalysisPolicy.shape,
});
export type CanaryPolicy = z.infer<typeof CanaryPolicy>;

/** One step of a rollout. */
export const Step = z.discriminatedUnion('kind', [
  /** the candidate answers this share of the requests */
  z.strictObject({ kind: z.literal('share'), share: Share }),
  /** time passes */
  z.strictObject({ kind: z.literal('bake'), duration: DurationText }),
  /** the candidate's answers must be good enough */
  z.strictObject({ kind: z.literal('analyse'), ...AnalysisPolicy.shape }),
  /** waits for the duration, or, without one, until somebody sends `resume` */
  z.strictObject({ kind: z.literal('pause'), duration: DurationText.optional() }),
  /** the candidate answers everything, and the version before is kept warm */
  z.strictObject({ kind: z.literal('promote') }),
]);
export type Step = z.infer<typeof Step>;
export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** Steps of a rollout, the promotion counted. */
export const stepLimit = 20;

/** How a version comes into an environment. It ends with `promote`, which may be left out. */
export const Strategy = z.strictObject({
  steps: z
    .array(Step)
    .min(1)
    .superRefine((steps, context) => {
      for (const { at, message } of faults(steps)) context.addIssue({ code: 'custom', path: at, message });
    }),
});
export type Strategy = z.infer<typeof Strategy>;

/** The two ways to say how a version comes; with neither it is the short form with its defaults. */
export const strategyFields = { canary: CanaryPolicy.optional(), strategy: Strategy.optional() };

interface StrategyFields {
  readonly canary?: CanaryPolicy | undefined;
  readonly strategy?: Strategy | undefined;
}

export const saysOneStrategy = ({ canary, strategy }: StrategyFields) => canary === undefined || strategy === undefined;

export const twoStrategies = {
  path: ['strategy'],
  message: 'Give either "canary", the short form, or "strategy", not both',
};

export const withCanary = <T extends StrategyFields>(input: T): T =>
  input.strategy === undefined ? { ...input, canary: input.canary ?? CanaryPolicy.parse({}) } : input;

/** The steps of a rollout: those of its strategy, or what its short form stands for. */
export function stepsOf({ canary, strategy }: StrategyFields): Step[] {
  if (strategy !== undefined) return promoted(strategy.steps);
  const { share, ...analysis } = canary ?? CanaryPolicy.parse({});
  return promoted([
    { kind: 'share', share },
    { kind: 'analyse', ...analysis },
  ]);
}

const promoted = (steps: readonly Step[]): Step[] =>
  steps.at(-1)?.kind === 'promote' ? [...steps] : [...steps, { kind: 'promote' }];

/** Where nothing served before, the candidate takes all traffic, and silence does not speak against it. */
export function firstVersionSteps(steps: readonly Step[]): Step[] {
  return steps.map((step) => {
    if (step.kind === 'share') return { ...step, share: 1 };
    return step.kind === 'analyse' ? { ...step, minRequests: 0 } : step;
  });
}

interface Fault {
  readonly at: number[];
  readonly message: string;
}

function faults(steps: readonly Step[]): Fault[] {
  const found = steps.flatMap((step, i) => {
    const message = faultOf(step, steps.slice(0, i), i === steps.length - 1);
    return message === null ? [] : [{ at: [i], message }];
  });
  const count = promoted(steps).length;
  if (count <= stepLimit) return found;
  return [
    ...found,
    { at: [], message: `Must be at most ${stepLimit} steps, the promotion counted; these are ${count}` },
  ];
}

function faultOf(step: Step, before: readonly Step[], isLast: boolean): string | null {
  const shares = before.flatMap((b) => (b.kind === 'share' ? [b.share] : []));
  const largest = shares.length === 0 ? null : Math.max(...shares);
  if (step.kind === 'promote') return isLast ? null : 'Must be the last step: after "promote" nothing is left to do';
  if (step.kind === 'share' && largest !== null && step.share <= largest)
    return `Must be a larger share than the one before, ${largest}: a rollout only grows`;
  if ((step.kind === 'bake' || step.kind === 'analyse') && shares.length === 0)
    return `Must come after a "share" step: before it the new version answers nothing`;
  return null;
}
