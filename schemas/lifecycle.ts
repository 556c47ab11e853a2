import { z } from 'zod';
import { Gate } from './approval.js';
import { durationMilliseconds } from './duration.js';
import { Routes } from './endpoint.js';
import { DeployPolicy, Environments, inOrder, saysWhereOnce, whereTwice } from './environments.js';
import { MonitorPolicy } from './monitor.js';
import { Actor, DurationText, EnvironmentName, MessageRequestId, ModelName } from './primitives.js';
import { changedRecipe, Recipe, RecipePart } from './recipe.js';
import { ChallengerPolicy } from './retrain.js';
import { RolloutWait } from './rollout-wait.js';

const leastCompareMs = 1000;

/** How often what serves is compared with what should; a server that lost its disk is given its routes again. */
const CompareEvery = DurationText.refine(
  (text) => !(durationMilliseconds(text) < leastCompareMs),
  'must be at least "1 second"',
);

const Monitoring = z.strictObject({
  /** how often the Schedule looks at the next window */
  every: DurationText.default('1 day'),
  policy: MonitorPolicy.prefault({}),
});

const Retraining = z.strictObject({
  /** what differs from the first recipe for later models; all of it where there is no first one */
  recipe: RecipePart.optional(),
  challenger: ChallengerPolicy.prefault({}),
  /** a trigger within this time of the last retraining is recorded and not acted on */
  cooldown: DurationText.default('1 day'),
  /** retrain on drift and decay by itself; otherwise only by signal */
  automatic: z.boolean().default(true),
  /** also retrain this often */
  every: DurationText.optional(),
});

/** One model's whole life. Only `model` is needed: without a recipe the lifecycle owns endpoints and waits for commands. */
export const LifecycleInput = z
  .strictObject({
    model: ModelName,
    environment: EnvironmentName.optional(),
    /** instead of `environment` and `deploy`: several, in the order in which a version goes through them */
    environments: Environments.optional(),
    recipe: Recipe.optional(),
    deploy: DeployPolicy.optional(),
    monitor: Monitoring.optional(),
    retrain: Retraining.prefault({}),
    compareEvery: CompareEvery.default('5 minutes'),
    /** an unsigned answer counts for nothing, also where a worker runs in the development profile; cannot be taken back */
    signaturesRequired: z.literal(true).optional(),
    /** begins a new life for a model that was retired, with a first model of its own; refused without it */
    revive: z.boolean().optional(),
  })
  .refine(saysWhereOnce, whereTwice)
  .refine(({ deploy, environments }) => deploy === undefined || environments === undefined, {
    path: ['deploy'],
    message: 'Belongs to the short form: with "environments" each of them says it',
  })
  .superRefine(({ recipe, retrain }, context) => {
    if (retrain.recipe === undefined) return;
    const later = Recipe.safeParse(changedRecipe(recipe, retrain.recipe));
    for (const { path, message } of later.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['retrain', 'recipe', ...path], message });
  })
  .transform(({ deploy, ...input }) => ({ ...input, ...inOrder(input, deploy ?? DeployPolicy.parse({})) }));
/** As its sender writes it: what has a default may be left out. */
export type LifecycleInput = z.input<typeof LifecycleInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedLifecycleInput = z.output<typeof LifecycleInput>;

/**
 * A specification, whole or in part, at least one field. A field that is named replaces the whole field; null takes it
 * away, so that its default holds again. The model may be named, and cannot be another.
 */
export const SpecificationPart = z
  .strictObject({
    model: ModelName.optional(),
    environment: EnvironmentName.optional(),
    environments: Environments.optional(),
    recipe: Recipe.nullish(),
    deploy: DeployPolicy.nullish(),
    monitor: Monitoring.nullish(),
    retrain: Retraining.nullish(),
    compareEvery: CompareEvery.nullish(),
    signaturesRequired: z.literal(true).optional(),
  })
  .refine((part) => Object.keys(part).length > 0, 'Must name at least one field');
export type SpecificationPart = z.infer<typeof SpecificationPart>;

/** Body of the update `configure`. */
export const Configure = z.strictObject({ by: Actor, specification: SpecificationPart, requestId: MessageRequestId });
export type Configure = z.infer<typeof Configure>;

/** A message that changed nothing, and why. */
export const RefusedMessage = z.strictObject({
  message: z.string(),
  /** of the error catalog */
  code: z.string(),
  reason: z.string(),
  at: z.string(),
});
export type RefusedMessage = z.infer<typeof RefusedMessage>;

export const EndpointState = z.strictObject({
  environment: z.string(),
  generation: z.number().int(),
  /** false while the model server does not have these routes yet */
  pushed: z.boolean(),
  routes: Routes,
  /** the rollout that is under way */
  rollout: z
    .strictObject({
      workflowId: z.string(),
      version: z.number().int(),
      phase: z.string(),
      /** the place of its step among its steps, from 0 on */
      step: z.number().int(),
      steps: z.number().int(),
      /** since when it is there */
      since: z.string(),
      /** what its step waits for that no person answers, as it said last; null where nothing, or where it has not said so yet */
      waits: RolloutWait.nullable(),
    })
    .nullable(),
  /** the version the last rollout put here; a rollback leaves it. Null after a rollback */
  lastRolledOut: z.number().int().nullable(),
});
export type EndpointState = z.infer<typeof EndpointState>;

/** Answer of the query `status`. */
export const LifecycleStatus = z.strictObject({
  model: z.string(),
  stage: z.string(),
  paused: z.boolean(),
  retired: z.boolean(),
  waitingFor: z.array(Gate),
  /** CLI lines that answer what is waited for */
  answerWith: z.array(z.string()),
  endpoints: z.array(EndpointState),
  running: z.array(
    z.strictObject({
      stage: z.string(),
      workflowId: z.string(),
      /** what goes on under its id and must end first, in words */
      waitsFor: z.string().optional(),
      /** what it said of itself last, like "3 of 8 trials finished" */
      says: z.string().optional(),
    }),
  ),
  history: z.array(z.strictObject({ at: z.string(), what: z.string() })),
  triggersNotActedOn: z.array(z.strictObject({ at: z.string(), by: z.string(), reason: z.string() })),
  refused: z.array(RefusedMessage),
  /** facts that happened and are not in the ledger yet */
  ledgerBehindBy: z.number().int(),
  problem: z.string().nullable(),
  counts: z.strictObject({ messages: z.number().int(), refused: z.number().int(), duplicates: z.number().int() }),
  /** what had to be left behind, so that the state fitted when it was handed on: lines of records; batches of outcomes */
  dropped: z.strictObject({ records: z.number().int(), outcomes: z.number().int() }),
});
export type LifecycleStatus = z.infer<typeof LifecycleStatus>;

export const LifecycleResult = z.strictObject({ model: z.string(), retiredBy: z.string(), reason: z.string() });
export type LifecycleResult = z.infer<typeof LifecycleResult>;
