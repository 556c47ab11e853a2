import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { parseInput } from '../../schemas/input.js';
import { type Documented, type RegisteredName, registry } from '../../schemas/registry.js';
import { MlEnvironment, MlModel, MlStage, MlVersion } from '../../schemas/search-attributes.js';

type WorkflowInput<N extends RegisteredName> = z.output<(typeof registry)[N]['schema']>;

/** A workflow's first line: its input, or an `InvalidInput` failure that ends the start at once. */
export function inputOf<N extends RegisteredName>(name: N, raw: unknown): WorkflowInput<N> {
  return parseInput(registry[name] as Documented, raw, name) as WorkflowInput<N>;
}

/** What a stage shows in the list of workflows. */
export function showStage(stage: string, about: { model?: string; environment?: string; version?: number }): void {
  upsertSearchAttributes([
    { key: MlStage, value: stage },
    ...(about.model === undefined ? [] : [{ key: MlModel, value: about.model }]),
    ...(about.environment === undefined ? [] : [{ key: MlEnvironment, value: about.environment }]),
    ...(about.version === undefined ? [] : [{ key: MlVersion, value: about.version }]),
  ]);
}

/** The live card of a workflow in the UI, in Markdown. */
export function show(...lines: string[]): void {
  setCurrentDetails(lines.join('\n\n'));
}

export const ownId = () => workflowInfo().workflowId;
