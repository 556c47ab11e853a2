import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
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

/** The live card of work that goes on, whose first line its owner tells, too. */
export function showProgress(...lines: string[]): void {
  show(...lines);
  tell({ says: lines[0] ?? '' });
}

/**
 * What others may read of a workflow from Temporal itself: a query asks its worker, and one that meets a worker while another
 * dies in the middle of a task can leave the workflow unable to go on.
 */
export function tell(told: Record<string, unknown>): void {
  const { memo = {} } = workflowInfo();
  const isNews = ([name, value]: [string, unknown]) => JSON.stringify(memo[name]) !== JSON.stringify(value);
  if (Object.entries(told).some(isNews)) upsertMemo(told);
}

export const ownId = () => workflowInfo().workflowId;
