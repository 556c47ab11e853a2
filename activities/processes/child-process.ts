import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type ErrorCode, errorCatalog, failure } from '../../schemas/index.js';
import { type ChildLimits, onTooLarge } from './child-limits.js';
import { boundedByItself } from './sign-of-life.js';

const stderrTailBytes = 4096;

export interface ChildOptions extends ChildLimits {
  /** a compiled file, from `childEntry` */
  readonly entry: string;
  /** one JSON value, sent as the first line of stdin */
  readonly input: unknown;
  /** killed with its whole process group when this aborts; the promise rejects with the signal's reason */
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
  /** what running past the deadline is called; CHILD_KILLED when absent */
  readonly deadlineCode?: ErrorCode;
  /** limit of the V8 heap */
  readonly memoryMb?: number;
  /** called for each `{progress}` message */
  readonly onMessage?: (progress: unknown) => void;
  readonly cwd?: string;
}

/**
 * Runs a compiled file in a process of its own and returns its result. The child gets no environment, leads its own
 * process group, and dies when we do: it watches its stdin, which stays open as long as we live. See `child-main.ts`
 * for the other side.
 *
 * Errors: the child's own catalog code · CHILD_KILLED when it died without a result · `deadlineCode` past the deadline · `tooLargeCode`.
 */
export async function runChild(options: ChildOptions): Promise<unknown> {
  options.signal?.throwIfAborted();
  const child = start(options);
  const ending = watch(child, options);
  send(child, options.input);
  const outcome = await boundedByItself(ending);
  if (outcome.kind === 'result') return outcome.result;
  throw outcome.error;
}

/** The compiled form of a source file, e.g. `activities/sql/sql-child.js`: node runs no TypeScript. */
export function childEntry(relativePath: string): string {
  const here = fileURLToPath(import.meta.url);
  const root = dirname(dirname(dirname(here)));
  const entry = here.endsWith('.ts') ? join(root, 'dist', relativePath) : join(root, relativePath);
  if (existsSync(entry)) return entry;
  throw failure('CONFIGURATION_INVALID', `${relativePath} is not built. Run "npm run build".`, { relativePath });
}

type Outcome = { kind: 'result'; result: unknown } | { kind: 'error'; error: unknown };

const Message = z.union([
  z.strictObject({ progress: z.unknown() }),
  z.strictObject({ result: z.unknown() }),
  z.strictObject({
    failure: z.strictObject({
      code: z.string().refine((code): code is ErrorCode => code in errorCatalog),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).default({}),
    }),
  }),
]);
type Message = z.infer<typeof Message>;

function start({ entry, memoryMb, cwd }: ChildOptions): ChildProcess {
  const flags = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  return spawn(process.execPath, [...flags, entry], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { TZ: 'UTC', LANG: 'C.UTF-8', ...(process.env.SystemRoot ? { SystemRoot: process.env.SystemRoot } : {}) },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

/** Left open on purpose: the end of stdin tells the child that we are gone. */
function send(child: ChildProcess, input: unknown): void {
  child.stdin?.on('error', () => {}); // a child that died early is reported by `watch`
  child.stdin?.write(`${JSON.stringify(input)}\n`);
}

/** The first thing that ends the child is its outcome; it is killed at once, so that no teardown can change it. */
function watch(child: ChildProcess, options: ChildOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome: Outcome | null = null;
    const settle = (next: Outcome) => {
      outcome ??= next;
      killGroup(child);
    };
    const stderrTail = tailOf(child);
    const stopWith = (error: unknown) => settle({ kind: 'error', error });
    const stopClock = onDeadlineOrAbort(options, stopWith);
    const stopScale = onTooLarge(child.pid, options, stopWith);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const message = parseMessage(line);
      if (message === null) return;
      if ('progress' in message) options.onMessage?.(message.progress);
      else settle(outcomeOf(message));
    });
    child.once('error', (error) =>
      settle({ kind: 'error', error: died(options, `did not start: ${error.message}`, '') }),
    );
    child.once('close', (code, signal) => {
      stopClock();
      stopScale();
      killGroup(child);
      resolve(
        outcome ?? { kind: 'error', error: died(options, `ended with ${signal ?? `exit code ${code}`}`, stderrTail()) },
      );
    });
  });
}

function outcomeOf(message: Exclude<Message, { progress: unknown }>): Outcome {
  if (!('failure' in message)) return { kind: 'result', result: message.result };
  const { code, message: text, details } = message.failure;
  return { kind: 'error', error: failure(code, text, details) };
}

/** Lines that are no message (a library printing to stdout) are no reason to fail. */
function parseMessage(line: string): Message | null {
  try {
    return Message.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function onDeadlineOrAbort(options: ChildOptions, stop: (error: unknown) => void): () => void {
  const { deadlineMs, signal, deadlineCode = 'CHILD_KILLED' } = options;
  const late = () =>
    stop(failure(deadlineCode, `Stopped at its deadline of ${deadlineMs / 1000} seconds.`, { deadlineMs }));
  const timer = setTimeout(late, deadlineMs);
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

function tailOf(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-stderrTailBytes);
  });
  return () => tail.trim();
}

function died(options: ChildOptions, how: string, stderr: string) {
  const name = options.entry.split(/[\\/]/).at(-1);
  const memory = /heap out of memory/i.test(stderr) ? `; it needed more than ${options.memoryMb} MB of memory` : '';
  return failure('CHILD_KILLED', `The process ${name} ${how} before it gave a result${memory}.`, { stderr });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // already gone
  }
}
