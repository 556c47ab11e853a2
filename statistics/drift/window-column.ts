import { isPresent } from '../../schemas/index.js';
import { seededRandom } from '../random.js';

/** What a window holds of one numeric column. Bounded: of more than `most` values an even sample is kept. */
export class NumericColumn {
  readonly kind = 'numeric';
  rows = 0;
  missing = 0;
  readonly #most: number;
  readonly #random: () => number;
  #kept = new Float64Array(256);
  #seen = 0;

  constructor(most: number, seed: string) {
    this.#most = most;
    this.#random = seededRandom(seed);
  }

  /** The values that are there, at most `most`: all of them, or each with the same chance (algorithm R, Vitter 1985). */
  get values(): Float64Array {
    return this.#kept.subarray(0, Math.min(this.#seen, this.#most));
  }

  add(value: number | null): void {
    this.rows += 1;
    if (!isPresent(value)) {
      this.missing += 1;
      return;
    }
    const place = this.#seen < this.#most ? this.#seen : Math.floor(this.#random() * (this.#seen + 1));
    this.#seen += 1;
    if (place >= this.#most) return;
    if (place >= this.#kept.length) this.#grow();
    this.#kept[place] = value;
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.#most, this.#kept.length * 2));
    larger.set(this.#kept);
    this.#kept = larger;
  }
}

/** What a window holds of one categorical column. Bounded: of categories the baseline has not, `mostNew` are told apart. */
export class CategoricalColumn {
  readonly kind = 'categorical';
  rows = 0;
  missing = 0;
  readonly counts = new Map<string, number>();
  /** rows of new categories beyond those told apart */
  pooled = 0;
  #room: number;
  readonly #known: Readonly<Record<string, number>>;

  constructor(known: Readonly<Record<string, number>>, mostNew = 1000) {
    this.#known = known;
    this.#room = mostNew;
  }

  add(value: string | null): void {
    this.rows += 1;
    if (!isPresent(value)) {
      this.missing += 1;
      return;
    }
    const count = this.counts.get(value);
    if (count !== undefined || this.#admits(value)) this.counts.set(value, (count ?? 0) + 1);
    else this.pooled += 1;
  }

  #admits(value: string): boolean {
    if (Object.hasOwn(this.#known, value)) return true;
    this.#room -= 1;
    return this.#room >= 0;
  }
}
