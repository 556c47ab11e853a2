import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.js';

export interface ProgramSearch {
  name: string;
  /** The environment variable that names the program; a wrong value is an error and not a reason to search on. */
  variable: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  /** Tried in turn when the program is nowhere on this machine; each leaves `<folder>/<name>` behind, or throws why not. */
  installers: Installer[];
  /** What a person can do when all of it fails. */
  advice: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
}

export interface Installer {
  title: string;
  install: (folder: string) => Promise<void>;
}

/** The path of a program that was seen to run: named, on the PATH, cached, or installed into the cache. */
export async function findProgram(search: ProgramSearch): Promise<string> {
  const { name, variable, env } = search;
  const named = env[variable];
  if (named) {
    if (await runs(named, env)) return named;
    throw new Error(`${variable}=${named} does not run. Correct the variable or unset it.`);
  }
  const cached = join(cacheFolder(env), 'bin', name);
  for (const candidate of [onPath(name, env), cached]) {
    if (candidate && (await runs(candidate, env))) return candidate;
  }
  return installInto(cached, search);
}

/** `go install` of one main package, stripped; slow (minutes) and quiet, so it announces itself. */
export function goInstaller(goPackage: string, env: NodeJS.ProcessEnv, log: (line: string) => void): Installer {
  const install = async (folder: string) => {
    const go = onPath('go', env);
    if (!go) throw new Error('Go is not installed');
    log(`building ${goPackage} with Go; this takes a few minutes, once …`);
    const goEnv = { ...env, GOBIN: folder, GOFLAGS: '-buildvcs=false' };
    await run(go, ['install', '-ldflags', '-s -w', goPackage], { env: goEnv });
  };
  return { title: 'go install', install };
}

/** Runs a program to its end; throws its last words when it fails. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code ?? signal}: ${words.trim()}`));
    });
  });
}

/** Installs beside its place and renames, so that two runs at once never see half a program. */
async function installInto(path: string, { name, env, log, installers, advice }: ProgramSearch): Promise<string> {
  const refusals: string[] = [];
  mkdirSync(dirname(path), { recursive: true });
  for (const { title, install } of installers) {
    const folder = mkdtempSync(`${path}-`);
    try {
      await install(folder);
      await run(join(folder, name), ['--version'], { env });
      renameSync(join(folder, name), path);
      log(`${name}: installed by ${title} in ${path}`);
      return path;
    } catch (error) {
      refusals.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new Error([`${name} was not found and could not be installed. ${advice}`, ...refusals].join('\n  '));
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runs(path: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return run(path, ['--version'], { env }).then(
    () => true,
    () => false,
  );
}
