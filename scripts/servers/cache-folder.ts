import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloaded and built programs stay, so that they outlive a clone: `$XDG_CACHE_HOME/temporal-mlops`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'temporal-mlops');
}
