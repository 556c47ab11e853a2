import { activityInfo } from '@temporalio/activity';
import { taskQueuesBeside } from '../../schemas/index.js';

/** The task queues beside the one that this activity runs on: with its prefix, where it has one. */
export const ownQueues = () => taskQueuesBeside(activityInfo().taskQueue);
