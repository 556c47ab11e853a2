const [openObject, closeObject, openList, closeList, comma, colon] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a];

/** What may come next: numbers, because every token of a file asks. */
const [value, valueOrEnd, keyOrEnd, key, mark, next, text] = [0, 1, 2, 3, 4, 5, 6];

/** RFC 8259 over tokens, of one JSON text or several behind one another. Each answers whether the token may stand there. */
export class JsonGrammar {
  readonly #open: number[] = [];
  #expects: number = text;

  mark(byte: number): boolean {
    switch (byte) {
      case openObject:
      case openList:
        return this.#opens(byte);
      case closeObject:
        return this.#closes(openObject, keyOrEnd);
      case closeList:
        return this.#closes(openList, valueOrEnd);
      case comma:
        return this.#goesOn(next, this.#open.at(-1) === openObject ? key : value);
      case colon:
        return this.#goesOn(mark, value);
      default:
        return false;
    }
  }

  text(): boolean {
    if (this.#expects !== keyOrEnd && this.#expects !== key) return this.word();
    this.#expects = mark;
    return true;
  }

  word(): boolean {
    if (!this.#takesValue()) return false;
    this.#afterValue();
    return true;
  }

  #takesValue = (): boolean => this.#expects === value || this.#expects === valueOrEnd || this.#expects === text;

  #opens(byte: number): boolean {
    if (!this.#takesValue()) return false;
    this.#open.push(byte);
    this.#expects = byte === openObject ? keyOrEnd : valueOrEnd;
    return true;
  }

  #closes(opened: number, whenEmpty: number): boolean {
    if (this.#open.at(-1) !== opened || (this.#expects !== next && this.#expects !== whenEmpty)) return false;
    this.#open.pop();
    this.#afterValue();
    return true;
  }

  #goesOn(expected: number, then: number): boolean {
    if (this.#expects !== expected) return false;
    this.#expects = then;
    return true;
  }

  #afterValue(): void {
    this.#expects = this.#open.length === 0 ? text : next;
  }
}
