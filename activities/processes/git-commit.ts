import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit that a clone stands at; null where git is not installed or knows none. */
export async function gitCommit(clone: string): Promise<string | null> {
  const git = promisify(execFile)('git', ['-C', clone, 'rev-parse', 'HEAD'], { timeout: 5000 });
  return git.then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}
