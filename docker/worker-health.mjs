/** Exit code 0 when Temporal has a poller of this very container on the worker's task queue. */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5 s' });
const asked = { namespace, taskQueue: { name: 'mlops' }, taskQueueType: 1 };
const { pollers } = await connection.workflowService.describeTaskQueue(asked);
await connection.close();
process.exit(pollers?.some((poller) => poller.identity?.endsWith(`@${hostname()}`)) ? 0 : 1);
