export interface VerifyProgress {
  /** how many of what were looked at so far */
  say(what: string, count: number): void;
  end(): void;
}

/** A line that writes over itself where somebody watches; a line now and then where the output is kept. */
export function verifyProgress(stream: NodeJS.WriteStream = process.stderr): VerifyProgress {
  const everyMs = stream.isTTY ? 200 : 15_000;
  let last = performance.now();
  let isShown = false;
  return {
    say(what, count) {
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      isShown = true;
      stream.write(stream.isTTY ? `\r${count} ${what} checked\u001b[K` : `${count} ${what} checked\n`);
    },
    end() {
      if (isShown && stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}

export const silent: VerifyProgress = { say: () => {}, end: () => {} };
