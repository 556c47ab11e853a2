import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';

const run = promisify(execFile);

/**
 * A Python with these packages, installed once into the cache folder, by uv where it is there and else by pip; each of
 * `alternatives` is a list of requirements, the first that can be installed counts. Null without Python or registry.
 */
export async function pythonVenv(name: string, alternatives: readonly (readonly string[])[]): Promise<string | null> {
  const folder = join(cacheFolder(), 'venvs', name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const mark = join(folder, 'installed.json');
  if (existsSync(python) && existsSync(mark)) return python;
  await mkdir(join(cacheFolder(), 'venvs'), { recursive: true });
  for (const requirements of alternatives) {
    if (!(await install(folder, python, requirements))) continue;
    await writeFile(mark, JSON.stringify(requirements));
    return python;
  }
  await rm(folder, { recursive: true, force: true });
  return null;
}

async function install(folder: string, python: string, requirements: readonly string[]): Promise<boolean> {
  const ways = [
    [
      ['uv', 'venv', '--quiet', '--allow-existing', folder],
      ['uv', 'pip', 'install', '--quiet', '--python', python, ...requirements],
    ],
    [
      ['python3', '-m', 'venv', folder],
      [python, '-m', 'pip', 'install', '--quiet', ...requirements],
    ],
  ];
  for (const commands of ways) if (await succeed(commands)) return true;
  return false;
}

async function succeed(commands: readonly string[][]): Promise<boolean> {
  try {
    for (const [program = '', ...args] of commands) await run(program, args, { timeout: 900_000 });
    return true;
  } catch (error) {
    console.warn(error instanceof Error ? error.message.slice(0, 500) : error);
    return false;
  }
}

/** Runs a script with one JSON argument; its last line on stdout is JSON. */
export async function runPython(python: string, script: string, input: unknown): Promise<unknown> {
  const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', PYTHONIOENCODING: 'utf-8' };
  const options = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024, env };
  const { stdout } = await run(python, ['-W', 'ignore', '-c', script, JSON.stringify(input)], options);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
}
