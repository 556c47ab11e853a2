import type { z } from 'zod';

/** All that an adapter may use of the worker it runs in. */
export interface Place {
  /** an empty folder on a disk with room for the data; gone when the activity ends */
  readonly directory: string;
  /** aborts when the activity is cancelled */
  readonly signal: AbortSignal;
  /** the value of a secret that an input names; CONFIGURATION_INVALID when this worker has none of that name */
  secret(name: string): Promise<string>;
  /**
   * What the next heartbeats tell, as JSON, e.g. `{ file: 'april.csv', done: 3, of: 30 }`. It is also the sign that the work goes
   * on: one that says nothing for half an hour is given up.
   */
  say(progress: Record<string, unknown>): void;
}

/**
 * One way to keep a port's promises. Errors have a code of the catalog (`failure`), which says what becomes of them; those of the
 * network and the disk are waited for as they are, any other is tried three times.
 */
export interface Adapter<O> {
  /** the word by which an input asks for it, e.g. "file" */
  readonly kind: string;
  /** what a person writes under this kind; unknown fields are refused */
  readonly options: z.ZodType<O>;
}

/** The adapter that an input asks for; the error that `unknown` makes of those there are, when it is none of them. */
export function adapterOf<A extends { readonly kind: string }>(
  adapters: readonly A[],
  kind: string,
  unknown: (known: string[]) => Error,
): A {
  const adapter = adapters.find((one) => one.kind === kind);
  if (adapter === undefined) throw unknown(adapters.map((one) => one.kind));
  return adapter;
}
