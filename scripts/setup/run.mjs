import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Runs a program in the clone to its end and gives its exit code (128 + n for a signal, like a shell). A signal to us is
 * the child's to answer: it is passed on, and we wait for what the child makes of it.
 */
export function run(command, args, { stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio });
    const output = collect(child);
    const unhook = passSignalsTo(child);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      unhook();
      resolve({ code: code ?? 128 + constants.signals[signal], output: output() });
    });
  });
}

/** Runs a script of the clone with this Node; gives its exit code. */
export async function runNode(script, args = []) {
  return (await run(process.execPath, [script, ...args])).code;
}

/** One line of what is going on; stderr, so that what a verb prints stays readable by other programs. */
export function say(line) {
  console.error(line);
}

/** Ctrl-C in a terminal reaches the child by itself, as the whole foreground group gets it: only ours is swallowed. */
function passSignalsTo(child) {
  const handlers = [
    ['SIGINT', () => process.stdin.isTTY || child.kill('SIGINT')],
    ['SIGTERM', () => child.kill('SIGTERM')],
    ['SIGHUP', () => child.kill('SIGHUP')],
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

function collect(child) {
  const chunks = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
