import type { ProcessCounts } from '../../processes/process-messages.js';
import { addTraffic, judgeAnew, newTraffic, type Traffic } from '../../processes/traffic.js';

/** What the processes of a pool answered, by slot; what a process answered counts on when it has ended. */
export class PoolTraffic {
  readonly #ofEnded = new Map<number, Traffic>();

  keep({ traffic }: ProcessCounts): void {
    for (const [slot, counted] of traffic) addTo(this.#ofEnded, slot, counted);
  }

  forget(slot: number): void {
    this.#ofEnded.delete(slot);
  }

  /** A process that the version took down with it: an answer that failed, at the least. */
  blame(slot: number): void {
    const death = newTraffic();
    death.judged.failed = 1;
    addTo(this.#ofEnded, slot, death);
  }

  judgeAnew(slot: number): void {
    const traffic = this.#ofEnded.get(slot);
    if (traffic !== undefined) judgeAnew(traffic);
  }

  with(living: readonly ProcessCounts[]): Map<number, Traffic> {
    const sum = new Map<number, Traffic>();
    for (const [slot, counted] of this.#ofEnded) addTo(sum, slot, counted);
    for (const { traffic } of living) for (const [slot, counted] of traffic) addTo(sum, slot, counted);
    return sum;
  }
}

function addTo(sum: Map<number, Traffic>, slot: number, more: Traffic): void {
  const total = sum.get(slot) ?? newTraffic();
  addTraffic(total, more);
  sum.set(slot, total);
}
