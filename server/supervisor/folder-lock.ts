import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../schemas/index.js';

/**
 * One supervisor per folder: two would ship and delete each other's segments. A lock whose process is gone is taken
 * over. Returns what gives it back.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'supervisor.pid');
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    refuseLiving(file, folder);
    writeFileSync(file, String(process.pid));
  }
  return () => rmSync(file, { force: true });
}

function refuseLiving(file: string, folder: string): void {
  const pid = Number(readFileSync(file, 'utf8'));
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return;
  throw failure(
    'CONFIGURATION_INVALID',
    `Another model server (process ${pid}) uses ${folder}. Give each its own MLOPS_WORK_DIRECTORY.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return isModelServer(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** After a restart of the machine or container the number may be somebody else's. Where it cannot be told, it counts. */
function isModelServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model-server');
  } catch {
    return true;
  }
}
