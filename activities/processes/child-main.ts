import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, errorCode } from '../../schemas/index.js';
import { systemFailure } from './system-errors.js';

export type Report = (progress: unknown) => void;

/**
 * The main function of a child process that `runChild` started: reads the input, answers with one result or failure.
 *
 * ```ts
 * await childMain(async (input, report) => { report({ rows: 10 }); return { ok: true }; });
 * ```
 */
export async function childMain(run: (input: unknown, report: Report) => Promise<unknown> | unknown): Promise<void> {
  const input: unknown = JSON.parse(readLine());
  dieWithParent();
  try {
    const result = await run(input, (progress) => write({ progress }));
    write({ result: result ?? null });
  } catch (error) {
    write({ failure: describe(error) });
  }
  process.exit(0);
}

function describe(error: unknown): { code: ErrorCode; message: string; details: unknown } {
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  if (code === null) return { ...uncoded(error, message), details: {} };
  const details = (error as { details?: unknown[] }).details?.[0] ?? {};
  return { code, message, details };
}

function uncoded(error: unknown, message: string): { code: ErrorCode; message: string } {
  const system = systemFailure(error);
  if (system !== null) return { code: 'SYSTEM_UNAVAILABLE', message: system.message };
  return { code: 'UNEXPECTED', message: `Unexpected error in a child process: ${message}` };
}

/** Written synchronously: what is said is out before the process can end. */
function write(message: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let offset = 0; offset < bytes.length; ) offset += writeSome(bytes, offset);
}

/** The pipe does not block: where it is full, the parent gets a moment to read. */
function writeSome(bytes: Buffer, offset: number): number {
  try {
    return writeSync(1, bytes, offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(moment, 0, 0, 2);
    return 0;
  }
}

const moment = new Int32Array(new SharedArrayBuffer(4));

/** Stdin stays open behind the line, so it cannot be read to its end. */
function readLine(): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const read = readSync(0, chunk);
    chunks.push(chunk.subarray(0, read));
    if (read === 0 || chunk[read - 1] === 0x0a) return Buffer.concat(chunks).toString('utf8');
  }
}

/** A thread, because the main one may be inside a native call that never returns. */
function dieWithParent(): void {
  const watchStdin = `
    const die = () => { try { process.kill(-process.pid, 'SIGKILL'); } catch { process.kill(process.pid, 'SIGKILL'); } };
    new (require('node:net').Socket)({ fd: 0, readable: true }).on('close', die).on('error', die).resume();`;
  new Worker(watchStdin, { eval: true, stdin: false }).unref();
}
