/** Readable progress: each line with the seconds since the start; nothing at all where JSON is wanted on stdout. */
export class Progress {
  readonly seconds: Record<string, number> = {};
  readonly #began = performance.now();
  #stepBegan = performance.now();
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  step(title: string): void {
    this.#stepBegan = performance.now();
    this.#write(`\n${this.#clock()} ▸ ${title}`);
  }

  say(line: string): void {
    this.#write(`${' '.repeat(8)}${line}`);
  }

  /** Notes how long the step took under a name of the summary. */
  done(name: string): void {
    this.seconds[name] = rounded((performance.now() - this.#stepBegan) / 1000);
  }

  total(): number {
    return rounded((performance.now() - this.#began) / 1000);
  }

  #clock(): string {
    const seconds = Math.floor((performance.now() - this.#began) / 1000);
    return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}

export const rounded = (value: number) => Math.round(value * 10) / 10;
