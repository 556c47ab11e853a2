import { isDeepStrictEqual } from 'node:util';
import type { ServedVersion } from '../../schemas/index.js';
import type { ProcessRoutes, SlottedVersion } from '../processes/process-messages.js';
import { type EndpointRecord, endpointKey, isLoaded } from './endpoint-record.js';

/**
 * Gives each version that processes have, or load when they start, a small number: by it they and the reports of their
 * liveness name it. What could not be loaded has none.
 */
export class EndpointSlots {
  readonly #slots = new Map<number, SlottedVersion>();
  /** versions whose circuit is open, by slot */
  readonly #open = new Set<number>();
  #next = 1;

  add(record: Pick<EndpointRecord, 'model' | 'environment'>, version: ServedVersion): SlottedVersion {
    for (const slot of this.#openSlotsOf(record, version.version)) this.remove(slot);
    const known = this.find(record, version.version);
    if (known !== undefined && isDeepStrictEqual(known.version, version)) return known;
    const slotted = { slot: this.#next++, model: record.model, environment: record.environment, version };
    this.#slots.set(slotted.slot, slotted);
    return slotted;
  }

  get(slot: number): SlottedVersion | undefined {
    return this.#slots.get(slot);
  }

  find(
    { model, environment }: Pick<EndpointRecord, 'model' | 'environment'>,
    version: number,
  ): SlottedVersion | undefined {
    return [...this.#slots.values()].find(
      (slotted) =>
        slotted.model === model && slotted.environment === environment && slotted.version.version === version,
    );
  }

  /** What a new process loads: everything but what took others down. */
  usable(): SlottedVersion[] {
    return [...this.#slots.values()].filter(({ slot }) => !this.#open.has(slot));
  }

  isOpen(slot: number): boolean {
    return this.#open.has(slot);
  }

  all(): SlottedVersion[] {
    return [...this.#slots.values()];
  }

  openCircuit(slot: number): void {
    this.#open.add(slot);
  }

  openCircuits(): SlottedVersion[] {
    return [...this.#slots.values()].filter(({ slot }) => this.#open.has(slot));
  }

  remove(slot: number): void {
    this.#slots.delete(slot);
    this.#open.delete(slot);
  }

  /**
   * The routes in slots. Counters of versions that begin to take traffic, compared with `before`, start anew; with those of
   * a candidate also the current version's, so that the two are judged over the same time.
   */
  routes(record: EndpointRecord, before: EndpointRecord | null): ProcessRoutes {
    const { current, candidate } = record.routes;
    const slotOf = (version: { version: number } | null) =>
      (version && this.find(record, version.version)?.slot) ?? null;
    const candidateSlot = slotOf(candidate);
    const taking = [slotOf(current), candidateSlot].filter((slot) => slot !== null);
    const took = before === null ? taking : [slotOf(before.routes.current), slotOf(before.routes.candidate)];
    const begin = taking.filter((slot) => !took.includes(slot));
    return {
      model: record.model,
      environment: record.environment,
      current: slotOf(current),
      candidate: candidate !== null && candidateSlot !== null ? { slot: candidateSlot, share: candidate.share } : null,
      isMissing: (current ?? candidate) !== null && slotOf(current ?? candidate) === null,
      openCircuits: [...this.#open],
      restartCounters: candidateSlot !== null && begin.includes(candidateSlot) ? taking : begin,
    };
  }

  /** Loaded for the record: in memory, with the same digests, and trusted. */
  isServable(record: EndpointRecord, version: ServedVersion): boolean {
    const slotted = this.find(record, version.version);
    return isLoaded(record, version) && slotted !== undefined && !this.#open.has(slotted.slot);
  }

  #openSlotsOf(record: Pick<EndpointRecord, 'model' | 'environment'>, version: number): number[] {
    const key = endpointKey(record.environment, record.model);
    return this.openCircuits()
      .filter(
        (slotted) => endpointKey(slotted.environment, slotted.model) === key && slotted.version.version === version,
      )
      .map(({ slot }) => slot);
  }
}
