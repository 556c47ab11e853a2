import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { childEntry } from '../../../activities/processes/child-process.js';
import type { OutcomeMatch } from '../../../activities/stores/prediction-log.js';
import { type ErrorCode, errorCatalog, failure, type OutcomeRecord } from '../../../schemas/index.js';
import { type Liveness, livenessFd, parseLiveness } from '../../processes/liveness.js';
import type { FromProcess, ProcessCounts, ServingOptions, ToProcess } from '../../processes/process-messages.js';

export interface ChildWatcher {
  /** the metrics text that a process was asked for */
  readonly metrics: () => string;
  /** what would become of outcomes; null where the ledger does not answer */
  readonly matches: (outcomes: readonly OutcomeRecord[]) => Promise<readonly OutcomeMatch[] | null>;
  readonly onEnd: (child: ServingChild, signal: NodeJS.Signals | null) => void;
}

type Request =
  Extract<ToProcess, { id: number }> extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

/** The supervisor's side of one serving process: requests with replies, its liveness, its counts. */
export class ServingChild {
  readonly options: ServingOptions;
  readonly bornMs = performance.now();
  readonly hello: Promise<void>;
  readonly ended: Promise<void>;
  counts: ProcessCounts = { traffic: [], logged: 0, lost: 0 };
  liveness: Liveness | null = null;
  /** checks of its liveness since its event loop last turned */
  silentChecks = 0;
  /** the slot being loaded: then its loop may stand still, and its death is that version's doing */
  loadingSlot = 0;
  isReady = false;
  isEnded = false;
  /** slots that it has in memory */
  readonly held = new Set<number>();
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (message: FromProcess | null) => void>();
  #nextId = 1;

  constructor(options: ServingOptions, watcher: ChildWatcher, secrets: Record<string, string>) {
    this.options = options;
    this.#process = fork(childEntry('server/serving-process.js'), [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_ENV: 'production', ...secrets },
    });
    this.hello = new Promise((resolve) =>
      this.#process.on('message', (message: FromProcess) => message.kind === 'hello' && resolve()),
    );
    this.#process.on('message', (message: FromProcess) => this.#receive(message, watcher));
    this.ended = new Promise((resolve) =>
      this.#process.once('exit', (_code, signal) => {
        this.isEnded = true;
        for (const settle of this.#waiting.values()) settle(null);
        watcher.onEnd(this, signal);
        resolve();
      }),
    );
    this.#process.on('error', () => {}); // a message to a process that just died; its exit is what counts
    this.#readLiveness(this.#process.stdio[livenessFd] as Readable);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The reply, or the process's failure; MODEL_SERVER_UNAVAILABLE when it dies or does not answer in time. */
  request(request: Request, timeoutMs: number, handle?: object): Promise<unknown> {
    if (this.isEnded) return Promise.reject(unavailable());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const settle = (message: FromProcess | null) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (message?.kind === 'reply') resolve(message.result);
        else reject(message?.kind === 'error' ? asFailure(message) : unavailable());
      };
      const timer = setTimeout(() => settle(null), timeoutMs);
      this.#waiting.set(id, settle);
      this.tell({ ...request, id } as ToProcess, handle);
    });
  }

  tell(message: ToProcess, handle?: object): void {
    if (this.#process.connected) this.#process.send(message, handle as never, {}, () => {});
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #receive(message: FromProcess, watcher: ChildWatcher): void {
    if (message.kind === 'counts') this.counts = message.counts;
    if (message.kind === 'askMetrics') this.tell({ kind: 'metrics', id: message.id, text: watcher.metrics() });
    if (message.kind === 'askMatches')
      void watcher.matches(message.outcomes).then((matches) => this.tell({ kind: 'matches', id: message.id, matches }));
    if (message.kind === 'reply' || message.kind === 'error') this.#waiting.get(message.id)?.(message);
  }

  #readLiveness(pipe: Readable): void {
    pipe.on('error', () => {});
    createInterface({ input: pipe }).on('line', (line) => {
      const liveness = parseLiveness(line);
      if (liveness === null) return;
      if (liveness.ticks !== this.liveness?.ticks) this.silentChecks = 0;
      this.liveness = liveness;
    });
  }
}

function asFailure({ code, message, details }: Extract<FromProcess, { kind: 'error' }>) {
  const known = code !== null && code in errorCatalog ? (code as ErrorCode) : 'DEPLOYMENT_CHECK_FAILED';
  return failure(known, message, details as Record<string, unknown>);
}

function unavailable() {
  return failure('MODEL_SERVER_UNAVAILABLE', 'A serving process ended or did not answer; it is being replaced.');
}
