import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { childEntry } from '../../activities/processes/child-process.js';
import { workflowIds } from '../../schemas/index.js';
import type { Question, Weight, WorkerToWeigh } from './memory-worker.js';
import type { Place } from './place.js';

export interface Load extends WorkerToWeigh {
  /** the workflow type that it is filled with */
  readonly workflow: string;
}

/** A worker in a process of its own, filled with sleeping workflows step by step. */
export class WeighedWorker {
  readonly #load: Load;
  readonly #client: Client;
  readonly #process: ChildProcess;
  #started = 0;
  #mebibytes = 0;

  constructor(place: Place, client: Client, load: Load) {
    const collector = join(place.folder, 'collector.cjs');
    writeFileSync(collector, collectorScript);
    this.#load = load;
    this.#client = client;
    this.#process = fork(childEntry('scripts/bench/memory-worker.js'), [JSON.stringify(load)], {
      execArgv: ['--expose-gc', '--require', collector],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    place.atEnd(async () => this.#process.kill('SIGKILL'));
  }

  /** Starts workflows, waits until all of them sleep in the cache; the growth per workflow, in MiB. */
  async grow(workflows: number): Promise<number> {
    const before = this.#mebibytes;
    for (let i = 0; i < workflows; i += startsAtOnce)
      await Promise.all(Array.from({ length: Math.min(startsAtOnce, workflows - i) }, () => this.#start()));
    await this.#untilAsleep();
    this.#mebibytes = (await this.#ask({ collect: true })).rssBytes / 2 ** 20;
    return (this.#mebibytes - before) / workflows;
  }

  get mebibytes(): number {
    return this.#mebibytes;
  }

  #start(): Promise<unknown> {
    const { workflow, taskQueue } = this.#load;
    const model = `${taskQueue}-${this.#started++}`;
    return this.#client.workflow.start(workflow, {
      workflowId: workflowIds.lifecycle(model),
      taskQueue,
      args: [{ model }],
    });
  }

  /** All are cached, and nothing moved for a while. */
  async #untilAsleep(): Promise<void> {
    for (let quiet = 0; quiet < 4; await sleep(150)) {
      const { isIdle, cachedWorkflows } = await this.#ask({ collect: false });
      quiet = isIdle && cachedWorkflows === this.#started ? quiet + 1 : 0;
    }
  }

  #ask(question: Question): Promise<Weight> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The worker that was to be weighed ended.'));
      if (!this.#process.connected) return ended();
      this.#process.once('exit', ended);
      this.#process.once('message', (weight: Weight) => {
        this.#process.off('exit', ended);
        resolve(weight);
      });
      this.#process.send(question);
    });
  }
}

const startsAtOnce = 20;

/** Loaded into every thread: the garbage of workflows lies in a thread of the SDK's own. */
const collectorScript = `
  const { BroadcastChannel, isMainThread } = require('node:worker_threads');
  if (!isMainThread) {
    const channel = new BroadcastChannel('collect-garbage');
    channel.onmessage = () => globalThis.gc();
    channel.unref();
  }`;
