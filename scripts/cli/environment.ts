import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

/** What `npm run dev` writes for commands beside it; its first line names its processes. */
const devFile = fileURLToPath(new URL('../../../.mlops/dev.env', import.meta.url));

/**
 * Variables that are set win; then the stack that `npm run dev` has running, where nothing names another one; then `.env` of
 * the working folder, outside production: it may hold the secrets of containers, which that stack does not have.
 */
export function loadEnvironment(): void {
  const own = join(process.cwd(), '.env');
  const isRead = process.env['MLOPS_PROFILE'] !== 'production' && existsSync(own);
  const given = isRead ? { ...parseEnv(readFileSync(own, 'utf8')), ...process.env } : process.env;
  if (!namesServers(given) && livingProcesses(devFile).length > 0) loadEnvFile(devFile);
  if (isRead) loadEnvFile(own);
}

const namesServers = (given: Record<string, string | undefined>) =>
  ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => given[name]);

/** Of the processes that the file names, those that live. As long as one does, it is that stack that is meant. */
export function livingProcesses(file: string): number[] {
  if (!existsSync(file)) return [];
  const pids = /^# pids ([\d ]+)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.trim().split(' ') ?? [];
  return pids.map(Number).filter((pid) => pid > 0 && isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
