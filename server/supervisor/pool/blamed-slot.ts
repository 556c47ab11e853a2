import type { ServingChild } from './serving-child.js';

const crashes = new Set<NodeJS.Signals>(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

export interface End {
  readonly signal: NodeJS.Signals | null;
  /** it was killed because it stood still */
  readonly hung: boolean;
}

/**
 * The version whose doing the end of a process was, by slot; 0 if nobody's. A process killed from outside blames nobody;
 * one that hung or crashed blames the version it was running.
 */
export function blamedSlot({ loadingSlot, liveness }: ServingChild, { signal, hung }: End): number {
  if (loadingSlot !== 0) return loadingSlot;
  if (hung) return liveness?.runningSlot ?? 0;
  return signal !== null && crashes.has(signal) ? (liveness?.lastSlot ?? 0) : 0;
}
