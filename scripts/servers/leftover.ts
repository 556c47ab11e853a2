import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends a server that an earlier run left behind on the same data (its parent was killed); two on one folder would
 * destroy it. Only a process whose command line names that data is touched: the pid in an old file may by now be
 * somebody else's, and then only the file goes, which would keep PostgreSQL from starting.
 */
export async function endLeftover(pidFile: string, data: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const command = commandOf(pid);
  if (command === '') return;
  if (!command.includes(data)) return rmSync(pidFile);
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
