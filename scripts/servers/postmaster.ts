import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends a server that an earlier run left behind on the same data (its parent was killed). Only a process whose command
 * line names this very folder is touched: the pid in an old file may by now be somebody else's, and then the file,
 * which would keep PostgreSQL from starting, goes.
 */
export async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const command = commandOf(pid);
  if (command === '') return;
  if (!command.includes(folder)) return rmSync(file);
  process.kill(pid, 'SIGINT');
  if (await goneWithin(pid, 10_000)) return;
  process.kill(pid, 'SIGKILL');
  await goneWithin(pid, 5_000);
}

async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(50)) {
    if (commandOf(pid) === '') return true;
  }
  return false;
}

/** The command line of a process; empty when there is none (a zombie has none either). */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
