import { z } from 'zod';
import {
  defaultEnvironment,
  failure,
  registry,
  suggestion,
  type WorkflowType,
  workflowIds,
  workflowTypes,
} from '../../schemas/index.js';
import { branches, type JsonSchema } from './json-schema.js';

/** What a recipe file asks for: a workflow, under our own id for it, with its input. */
export interface ReadRecipe {
  readonly workflowType: WorkflowType;
  readonly workflowId: string;
  readonly input: Record<string, unknown>;
}

const types = Object.values(workflowTypes);

/** A file may say its workflow by a field `workflow` or by `$schema`; otherwise its fields do, where they fit only one. */
export function readRecipe({ workflow, $schema, ...input }: Record<string, unknown>): ReadRecipe {
  const workflowType = saidBy(workflow) ?? saidBySchema($schema) ?? fitting(Object.keys(input));
  return { workflowType, workflowId: workflowIdOf(workflowType, input), input };
}

const isType = (name: unknown): name is WorkflowType => types.some((type) => type === name);

function saidBy(workflow: unknown): WorkflowType | null {
  if (workflow === undefined) return null;
  if (isType(workflow)) return workflow;
  throw failure(
    'InvalidInput',
    `workflow: "${String(workflow)}" is no workflow.${suggestion(String(workflow), types)}`,
  );
}

/** `…/modelLifecycle.json`, wherever it lies. */
function saidBySchema(schema: unknown): WorkflowType | null {
  const name =
    typeof schema === 'string'
      ? schema
          .split('/')
          .at(-1)
          ?.replace(/(\.schema)?\.json$/, '')
      : null;
  return isType(name) ? name : null;
}

/** The workflow whose fields these are, or most likely are; a recipe is the lifecycle's unless it is said otherwise. */
function fitting(fields: readonly string[]): WorkflowType {
  const misfits = types.map((type) => ({ type, misfit: misfitOf(type, fields) }));
  const least = Math.min(...misfits.map(({ misfit }) => misfit));
  const fit = misfits.filter(({ misfit }) => misfit === least).map(({ type }) => type);
  const [only, ...others] = fit;
  if (only !== undefined && others.length === 0) return only;
  if (fields.includes('recipe') && fit.includes('modelLifecycle')) return 'modelLifecycle';
  const message = `Its fields (${fields.join(', ') || 'none'}) fit ${fit.join(', ')}. Say which, by a field like "workflow": "${fit[0]}".`;
  throw failure('InvalidInput', message, { fields, fit });
}

/** How many fields are unknown or missing, by the branch that fits best. */
function misfitOf(type: WorkflowType, fields: readonly string[]): number {
  return Math.min(
    ...branches(z.toJSONSchema(registry[type].schema, { io: 'input', unrepresentable: 'any' })).map(misfit),
  );

  function misfit({ properties = {}, required = [] }: JsonSchema): number {
    const unknown = fields.filter((field) => !Object.hasOwn(properties, field));
    return unknown.length + required.filter((field) => !fields.includes(field)).length;
  }
}
const Named = z.looseObject({
  model: z.string().default(''),
  environment: z.string().default(defaultEnvironment),
  dataset: z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]).default(''),
});

/** The id that our own parents and docs use. What is wrong in the input is told when it is checked. */
function workflowIdOf(type: WorkflowType, input: Record<string, unknown>): string {
  const { model, environment, dataset } = Named.catch({ model: '', environment: '', dataset: '' }).parse(input);
  switch (type) {
    case 'collectData':
      return workflowIds.collect(dataset);
    case 'labelData':
      return workflowIds.label(dataset);
    case 'trainModel':
      return workflowIds.train(model);
    case 'packageModel':
      return workflowIds.package(model);
    case 'deployModel':
      return input['rollback'] === undefined
        ? workflowIds.deploy(model, environment)
        : workflowIds.breakGlass(model, environment);
    case 'monitorModel':
      return workflowIds.monitor(model, environment);
    case 'retrainModel':
      return workflowIds.retrain(model);
    case 'modelLifecycle':
      return workflowIds.lifecycle(model);
  }
}
