import { workflowInfo } from '@temporalio/workflow';
import { taskQueuesBeside } from '../../schemas/names.js';

/** The task queues beside the one that this workflow runs on: with its prefix, where it has one. */
export const ownQueues = () => taskQueuesBeside(workflowInfo().taskQueue);
