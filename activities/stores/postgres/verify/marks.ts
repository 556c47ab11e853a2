import type { ChainMark } from '../../../../schemas/index.js';
import type { KnownMark, LedgerFault } from '../../ledger.js';

/** What is known of the chain elsewhere, met one after the other while the chain goes by. */
export class MarksOnTheWay {
  readonly #marks: AsyncIterator<KnownMark>;
  #next: KnownMark | null | undefined;
  /** the last anchor that was met as it should be */
  held = 0;

  constructor(marks: AsyncIterable<KnownMark>) {
    this.#marks = marks[Symbol.asyncIterator]();
  }

  async faultAt({ seq, hash }: ChainMark): Promise<string | null> {
    let fault: string | null = null;
    for (let mark = await this.#peek(); mark !== null && mark.seq <= seq; mark = await this.#pass()) {
      if (mark.seq < seq) continue; // its fact is missing, which is told already
      if (mark.hash !== hash) fault = this.#changed(mark);
      else if (mark.from === 'anchor') this.held = seq;
    }
    return fault;
  }

  /** Those that the chain did not come to. What was appended since it was walked is found by asking again. */
  async faultsBeyond(end: number, hashOf: (seq: number) => Promise<string | null>): Promise<LedgerFault[]> {
    for (let mark = await this.#peek(); mark !== null; mark = await this.#pass()) {
      if (mark.seq <= end) continue;
      const hash = await hashOf(mark.seq);
      if (hash !== mark.hash) return [{ what: hash === null ? cut(mark, end) : this.#changed(mark), seq: mark.seq }];
    }
    return [];
  }

  #changed({ seq, from }: KnownMark): string {
    const where = this.held === 0 ? `at it or before it` : `after fact ${this.held}`;
    return `fact ${seq} is another than ${said[from]}: the chain was made anew ${where}`;
  }

  async #peek(): Promise<KnownMark | null> {
    if (this.#next === undefined) this.#next = await this.#take();
    return this.#next;
  }

  async #pass(): Promise<KnownMark | null> {
    this.#next = await this.#take();
    return this.#next;
  }

  async #take(): Promise<KnownMark | null> {
    const { done, value } = await this.#marks.next();
    return done === true ? null : value;
  }
}

const said = { anchor: 'its anchor says', expected: 'was expected' } as const;

const cut = ({ seq, from }: KnownMark, end: number): string =>
  from === 'anchor'
    ? `fact ${seq} was anchored, and the chain ends at fact ${end}: its end was cut off`
    : `fact ${seq} was expected, and the chain ends at fact ${end}`;
