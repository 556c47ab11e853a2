import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { fileURLToPath } from 'node:url';

/** What `npm run dev` writes for commands beside it; its first line names the processes that must live. */
const devFile = fileURLToPath(new URL('../../../.mlops/dev.env', import.meta.url));

/**
 * Variables that are set win; then `.env` of the working folder, outside production; then the stack that `npm run dev`
 * has running, where nothing names another one.
 */
export function loadEnvironment(): void {
  const own = join(process.cwd(), '.env');
  if (process.env['MLOPS_PROFILE'] !== 'production' && existsSync(own)) loadEnvFile(own);
  if (!namesServers() && isRunning(devFile)) loadEnvFile(devFile);
}

const namesServers = () =>
  ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => process.env[name]);

function isRunning(file: string): boolean {
  if (!existsSync(file)) return false;
  const pids = /^# pids ([\d ]+)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.trim().split(' ') ?? [];
  return pids.length > 0 && pids.every((pid) => isAlive(Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
