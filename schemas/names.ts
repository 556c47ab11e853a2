/** Names that users and their scripts rely on: workflow types, ids, task queues and messages. */

/** `urgent` is what routes and rolls back: nothing on it is long, so that no work elsewhere can hold a rollback up. */
export const taskQueues = { orchestration: 'mlops', compute: 'mlops-compute', urgent: 'mlops-urgent' } as const;
export type TaskQueue = keyof typeof taskQueues;

/** The queues of a host that has a prefix: `team-mlops`, `team-mlops-compute`, `team-mlops-urgent`. */
export const taskQueuesWith = (prefix: string): { readonly [Q in TaskQueue]: string } => ({
  orchestration: `${prefix}${taskQueues.orchestration}`,
  compute: `${prefix}${taskQueues.compute}`,
  urgent: `${prefix}${taskQueues.urgent}`,
});

/** Which of ours a queue is, whatever its prefix; null for any other. */
export function queueNamed(queue: string): TaskQueue | null {
  const found = Object.entries(taskQueues).find(([, name]) => queue.endsWith(name));
  return found === undefined ? null : (found[0] as TaskQueue);
}

/** The queues that belong together with one of them. */
export function taskQueuesBeside(queue: string): { readonly [Q in TaskQueue]: string } {
  const own = queueNamed(queue);
  return taskQueuesWith(own === null ? '' : queue.slice(0, -taskQueues[own].length));
}

export const stages = ['collect', 'label', 'train', 'package', 'deploy', 'monitor', 'retrain'] as const;
export type Stage = (typeof stages)[number];

export const workflowTypes = {
  collect: 'collectData',
  label: 'labelData',
  train: 'trainModel',
  package: 'packageModel',
  deploy: 'deployModel',
  monitor: 'monitorModel',
  retrain: 'retrainModel',
  lifecycle: 'modelLifecycle',
} as const;
export type WorkflowType = (typeof workflowTypes)[keyof typeof workflowTypes];

export const workflowIds = {
  collect: (dataset: string) => `collect/${dataset}`,
  label: (dataset: string) => `label/${dataset}`,
  train: (model: string) => `train/${model}`,
  package: (model: string) => `package/${model}`,
  deploy: (model: string, environment: string) => `deploy/${model}/${environment}`,
  breakGlass: (model: string, environment: string) => `deploy/${model}/${environment}/rollback`,
  monitor: (model: string, environment: string) => `monitor/${model}/${environment}`,
  retrain: (model: string) => `retrain/${model}`,
  lifecycle: (model: string) => `lifecycle/${model}`,
  schedule: (workflowId: string) => `${workflowId}/schedule`,
} as const;

export const defaultEnvironment = 'production';

/** No payload may be larger: digests and URIs travel, bytes do not. */
export const payloadLimitBytes = 256 * 1024;
/** No message may carry more rows. */
export const messageRowLimit = 500;
/** What one run of `monitorModel` looks at; where more is due, the next run begins at once. */
export const mostMonitorWindows = 50;
