/** Whose state it is, and the workflow's time: what pure decisions are told of where they are made. */
export interface Context {
  readonly workflowId: string;
  /** milliseconds since 1970 */
  readonly now: number;
}

/** The context at the moment of asking. */
export type Clock = () => Context;

/** What a message is told besides: the id that makes it one effect. */
export interface Received extends Context {
  readonly id: string;
}
