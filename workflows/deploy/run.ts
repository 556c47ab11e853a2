import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';

/**
 * The next run goes on after this many messages, long before Temporal's own limits (10,000 signals in a run). In the middle
 * of work that would be begun anew it is put off for longer, so that a flood cannot keep it from its end.
 */
const mostMessages = { atRest: 500, atWork: 4000 };
/** Messages are few where they are large. Temporal ends a workflow whose history has 50 MiB. */
const mostBytes = { atRest: 2 * 1024 ** 2, atWork: 16 * 1024 ** 2 };

/** Thrown where this run ends and the next takes over. */
export class Leaving extends Error {}

export type Worked<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** it became so before the answer came, which nobody waits for any longer */
  | { readonly kind: 'interrupted' };

/** One run of a deployment, and how much more it takes. */
export class DeploymentRun {
  messages = 0;
  isLeaving = false;

  isLarge(at: 'atRest' | 'atWork'): boolean {
    const { continueAsNewSuggested, historySize } = workflowInfo();
    const isSuggested = at === 'atRest' && continueAsNewSuggested;
    return isSuggested || this.messages >= mostMessages[at] || historySize >= mostBytes[at];
  }

  /** Waits, for so long at most, until it is so; says whether it is. A run that has grown large is left meanwhile. */
  async rest(isSo: () => boolean, most?: { timeoutMs: number; summary: string }): Promise<boolean> {
    const isOver = () => isSo() || this.isLarge('atRest');
    if (most === undefined) await condition(isOver);
    else if (most.timeoutMs > 0) await condition(isOver, most.timeoutMs, { summary: most.summary });
    if (isSo()) return true;
    if (this.isLarge('atRest')) throw new Leaving();
    return false;
  }

  /** Asks something of the world, and takes it back where it becomes so meanwhile, or where this run is left. */
  async work<T>(ask: () => Promise<T>, isSo: () => boolean): Promise<Worked<T>> {
    const [asking, watching] = [new CancellationScope(), new CancellationScope()];
    const answered: Promise<Worked<T>> = asking.run(ask).then(
      (value) => ({ kind: 'done', value }),
      (error: unknown) => ({ kind: 'failed', error }),
    );
    const interrupted = watching
      .run(() => condition(() => isSo() || this.isLarge('atWork')))
      .then(
        () => null,
        () => answered,
      );
    const first = await Promise.race([answered, interrupted]);
    watching.cancel();
    if (first !== null) return first;
    asking.cancel();
    const last = await answered;
    if (isSo()) return { kind: 'interrupted' };
    if (last.kind === 'failed' && !CancellationScope.current().consideredCancelled) throw new Leaving();
    return last;
  }
}
