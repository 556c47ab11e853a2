import { setTimeout as sleep } from 'node:timers/promises';
import { explain } from './explain-error.js';
import { print } from './print.js';

const everyMs = 2000;

/** Shows what is seen whenever it is another, until a signal ends it. What is away for a while is said, and looked for again. */
export async function watch(look: () => Promise<string>): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  let shown = '';
  while (!ending.signal.aborted) {
    const text = await look().catch((error: unknown) => explain(error).message);
    if (text !== shown) show(text);
    shown = text;
    await sleep(everyMs, null, { signal: ending.signal }).catch(() => {});
  }
  return 0;
}

/** A terminal is cleared; where the output is kept, one comes after the other. */
function show(text: string): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
  print(text);
}
