import type { TemporalConnection } from '../cli/connect.js';
import { isPolled, ownQueues } from '../cli/worker-polls.js';
import { bad, type Check, good } from './check.js';

/** Whether somebody asks for the tasks of each queue: what is on one that nobody asks for waits without a word. */
export async function checkWorkers(temporal: TemporalConnection): Promise<Check> {
  const queues = ownQueues();
  const asked = Object.values(queues).map((queue) => ({ queue, tasks: 'activity' as const }));
  const all = [...asked, { queue: queues.orchestration, tasks: 'workflow' as const }];
  const polled = await Promise.all(all.map(({ queue, tasks }) => isPolled(temporal, queue, tasks)));
  const missing = [...new Set(all.filter((_, i) => !polled[i]).map(({ queue }) => queue))];
  if (missing.length === 0) return good('workers', `ask for work on ${Object.values(queues).join(', ')}`);
  return bad('workers', `nobody asks for work on ${missing.join(', ')}`, remedy);
}

const remedy =
  'Start one with: temporal-mlops worker. One whose every slot is busy does not ask either: then nothing is to be done.';
