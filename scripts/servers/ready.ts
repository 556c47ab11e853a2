import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, lastLines } from './server-process.js';

export interface ReadinessOptions {
  name: string;
  child: Child;
  logFile: string;
  /** A real request to the server; it throws for as long as the server is not ready. */
  probe: () => Promise<void>;
  timeoutSeconds?: number;
}

/** Returns when the server answers a real request; throws its last log lines when it ends or takes too long. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const { name, child, logFile, probe, timeoutSeconds = 60 } = options;
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const refusal = await probe().then(
      () => null,
      (error: unknown) => String(error),
    );
    if (refusal === null) return;
    if (!child.running()) throw new Error(`${name} ended before it was ready. Its last lines:\n${lastLines(logFile)}`);
    if (Date.now() > deadline) {
      await child.kill();
      throw new Error(
        `${name} did not answer in ${timeoutSeconds} s (${refusal}). Its last lines:\n${lastLines(logFile)}`,
      );
    }
    await sleep(50);
  }
}
