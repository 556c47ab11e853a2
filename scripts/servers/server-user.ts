import { execFileSync, spawnSync } from 'node:child_process';

/** The user that a server runs as; empty when it is simply the user who runs this process. */
export type ServerUser = { uid: number; gid: number } | Record<string, never>;

/** PostgreSQL refuses to run as root, so root lends it a user that has no rights: `postgres`, else `nobody`. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const user = ['postgres', 'nobody'].map(lookUp).find((found) => found !== null);
  if (!user)
    throw new Error('PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.');
  return user;
}

/** Whether that user can get to a folder: a clone below `/root`, or in a private temporary folder, is closed to it. */
export function canEnter(user: ServerUser, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd -- "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Whether that user can run a program and load its libraries, found out by doing it. */
export function canRun(user: ServerUser, program: string): boolean {
  return spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function lookUp(name: string): { uid: number; gid: number } | null {
  try {
    return { uid: id('-u', name), gid: id('-g', name) };
  } catch {
    return null;
  }
}

function id(flag: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }));
}
