import { isCancellation } from '@temporalio/workflow';

/** For work that ends only by being cancelled: everything else that ends it is an error. */
export function onlyCancelled(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
