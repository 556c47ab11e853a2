import { Worker } from 'node:worker_threads';

/**
 * What a serving process lets a thread of its own report while its event loop may be stuck: words of shared memory,
 * written on the hot path without a system call.
 */
export const word = { ticks: 0, runningSlot: 1, lastSlot: 2, appended: 3, committed: 4 } as const;
const words = Object.keys(word).length;

/** File descriptor of the pipe that carries the reports, one line each. */
export const livenessFd = 4;
const reportMs = 100;

/** What a process last reported. */
export interface Liveness {
  readonly ticks: number;
  /** slot of the version inside `run`, 0 for none */
  readonly runningSlot: number;
  readonly lastSlot: number;
  /** predictions handed to the log and predictions safely in it */
  readonly appended: number;
  readonly committed: number;
}

/** A process without a supervisor has so long to finish what is under way and to save its log. */
export const aloneMs = 3000;

/**
 * Starts the thread. Its pipe also tells it that the supervisor is gone: the process then gets a while to end by
 * itself before it is killed, even if its main thread is inside a native call for ever.
 */
export function reportLiveness(): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(words * 4));
  setInterval(() => Atomics.add(shared, word.ticks, 1), reportMs).unref();
  const reporter = `
    const { workerData } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    const die = () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${aloneMs});
    let gone = false;
    setInterval(() => {
      if (gone) return;
      try { writeSync(${livenessFd}, workerData.join(' ') + '\\n'); }
      catch (error) { if (error.code !== 'EAGAIN') { gone = true; die(); } }
    }, ${reportMs});`;
  new Worker(reporter, { eval: true, workerData: shared }).unref();
  return shared;
}

export function parseLiveness(line: string): Liveness | null {
  const [ticks, runningSlot, lastSlot, appended, committed] = line.split(' ').map(Number);
  if (ticks === undefined || committed === undefined || Number.isNaN(committed)) return null;
  return { ticks, runningSlot: runningSlot ?? 0, lastSlot: lastSlot ?? 0, appended: appended ?? 0, committed };
}
