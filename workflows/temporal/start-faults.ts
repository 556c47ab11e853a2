import { workflowInfo } from '@temporalio/workflow';

interface Started {
  /** what is started, with its article */
  readonly what: string;
  /** the one argument that a start takes */
  readonly argument: string;
  /** what the run before handed on */
  readonly carried: unknown;
}

/**
 * What is wrong with the start of a workflow that continues as new with a state. A state comes from the run before, and from
 * nobody else. A run that a schedule or a retry begins has one before it, too, and takes what the first was given.
 */
export function startFaults({ what, argument, carried }: Started): string[] {
  const { continuedFromExecutionRunId, cronSchedule, retryPolicy } = workflowInfo();
  const isForged = carried !== undefined && continuedFromExecutionRunId === undefined;
  return [
    ...(cronSchedule || retryPolicy ? [`${what} takes neither a cron schedule nor a retry policy`] : []),
    ...(isForged ? [`one argument is taken: ${argument}`] : []),
  ];
}
