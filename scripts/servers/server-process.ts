import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetOrphan, preventOrphan } from './orphans.js';

export interface ChildOptions {
  command: string;
  args: string[];
  /** Both streams are appended here: a server's last words are the best error message there is. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  stopSignal?: NodeJS.Signals;
  graceSeconds?: number;
}

/** A server process in a process group of its own, so that Ctrl-C reaches it only through us. */
export interface Child {
  readonly pid: number;
  readonly exited: Promise<void>;
  running(): boolean;
  /** Asks, waits for the grace period, then kills. Returns when the process is gone; harmless when it already is. */
  stop(): Promise<void>;
  /** `kill -9`: what a crash looks like. Returns when the process is gone. */
  kill(): Promise<void>;
}

/** Starts a process, or throws the reason why it could not be started (not found, not executable). */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { stopSignal = 'SIGTERM', graceSeconds = 10 } = options;
  const { process: child, started } = launch(options);
  let alive = true;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
    alive = false;
  });
  await started;
  const pid = child.pid as number;
  preventOrphan(pid, stopSignal);
  void exited.then(() => forgetOrphan(pid));
  const kill = async () => {
    if (!alive) return;
    child.ref();
    await endGroup(pid, 'SIGKILL', exited);
  };
  const stop = async () => {
    if (!alive) return;
    child.ref();
    await Promise.race([endGroup(pid, stopSignal, exited), sleep(graceSeconds * 1000, undefined, { ref: false })]);
    await kill();
  };
  return { pid, exited, running: () => alive, stop, kill };
}

/** The end of a server's log, for an error message. */
export function lastLines(logFile: string, count = 15): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Unreferenced, so that a forgotten server cannot keep this process from ending (and being ended with it). */
function launch({ command, args, logFile, env, cwd, uid, gid }: ChildOptions) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env, cwd, uid, gid, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', (cause) => reject(new Error(`${command} could not be started: ${cause.message}`, { cause })));
  });
  child.unref();
  return { process: child, started };
}

async function endGroup(pid: number, signal: NodeJS.Signals, exited: Promise<void>): Promise<void> {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await exited;
}
