import { workflowInfo } from '@temporalio/workflow';
import type { CheckedDeployInput, DeployResult } from '../../schemas/deploy.js';
import { lastWasRollback } from '../lifecycle/rollback.js';
import { run } from '../temporal/activity-options.js';
import { show, showStage } from '../temporal/stage.js';

type BreakGlassInput = Extract<CheckedDeployInput, { rollback: unknown }>;

/**
 * break-glass rollback: a rollback that a flooded or broken owner cannot block. The server returns to its previous version
 * first; then the owner is told, until it listens.
 */
export async function rollBackByBreakGlass(input: BreakGlassInput): Promise<DeployResult> {
  const { model, environment, rollback } = input;
  showStage('rollback', { model, environment });
  const before = await run('endpointStatus', { model, environment }, `what serves ${environment}?`);
  const summary = `roll ${environment} back`;
  const status = await run(
    'rollbackEndpoint',
    { model, environment, ...rollback, requestId: workflowInfo().runId },
    summary,
  );
  const serving = status.routes.current?.version ?? null;
  const isUnchanged = before.fence?.generation === status.fence?.generation;
  const why = rollback.toVersion === undefined ? lastWasRollback : `version ${rollback.toVersion} serves already`;
  const what = isUnchanged ? `was not changed: ${why}` : `rolled back by ${rollback.by}`;
  show(`**${model}** in **${environment}** ${what}; version ${serving ?? 'none'} serves`);
  if (status.fence) {
    await run('askOwner', { model, environment, signal: 'endpointMoved', body: { environment } }, 'tell the owner');
  }
  return {
    model,
    environment,
    version: serving,
    outcome: isUnchanged ? 'unchanged' : 'rolledBack',
    reasons: isUnchanged ? [`nothing was changed: ${why}`] : [rollback.reason],
    generation: status.fence?.generation ?? null,
    approvedBy: null,
    serving,
  };
}
