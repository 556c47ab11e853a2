import { describe, expect, it } from 'vitest';
import { taskQueues, taskQueuesBeside, taskQueuesWith } from '../../schemas/index.js';

describe('task queues', () => {
  it.each(['team-mlops', 'team-mlops-compute', 'team-mlops-urgent'])('that belong with %s have its prefix', (queue) => {
    expect(taskQueuesBeside(queue)).toEqual(taskQueuesWith('team-'));
  });

  it.each(['mlops', 'mlops-urgent', 'a host names its own'])('that belong with %s have no prefix', (queue) => {
    expect(taskQueuesBeside(queue)).toEqual(taskQueues);
  });
});
