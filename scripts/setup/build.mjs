import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { carryEngine } from './engine.mjs';
import { root, run, runNode, say } from './run.mjs';
import { filesBelow, hashFiles, isStamped, stamp } from './stamp.mjs';

const rooms = ['schemas', 'statistics', 'workflows', 'activities', 'server', 'workers', 'scripts'];
const tops = [
  'index.ts',
  'client.ts',
  'scripts/setup/engine.mjs',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const stampFile = join(root, 'dist', '.stamp');
const bundle = 'dist/workflow-bundle.js';

/**
 * dist as the sources have it. Files are written over and what is no longer made is deleted, so that a process which
 * runs from dist never finds it empty; the stamp goes first and comes back last.
 */
export async function build() {
  const sources = rooms.flatMap(filesBelow).filter((path) => /\.(ts|sql|json)$/.test(path));
  const hash = hashFiles([...tops.filter((path) => existsSync(join(root, path))), ...sources]);
  if (isStamped(stampFile, hash)) return;
  say('building …');
  rmSync(stampFile, { force: true });
  const made = [...(await compile()), ...sources.filter((path) => path.endsWith('.sql')).map(copy), ...carryEngine()];
  deleteAllBut(new Set([...made, bundle]));
  if (existsSync(join(root, 'dist/scripts/bundle.js'))) await bundleWorkflows();
  if ((await runNode('dist/scripts/json-schemas.js')) !== 0) throw new Error('The JSON Schemas could not be written.');
  stamp(stampFile, hash);
}

/** Type errors leave dist as it was. */
async function compile() {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmitOnError', '--listEmittedFiles'];
  const { code, output } = await run(process.execPath, tsc, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = output.split(/\r?\n/);
  if (code !== 0)
    throw new Error(`${lines.filter((line) => !line.startsWith('TSFILE:')).join('\n')}\nThe build failed.`);
  return lines.filter((line) => line.startsWith('TSFILE:')).map((line) => relative(root, line.slice(8).trim()));
}

function copy(path) {
  const target = join('dist', path);
  mkdirSync(join(root, dirname(target)), { recursive: true });
  copyFileSync(join(root, path), join(root, target));
  return target;
}

function deleteAllBut(made) {
  for (const path of filesBelow('dist')) if (!made.has(path)) rmSync(join(root, path));
}

async function bundleWorkflows() {
  if ((await runNode('dist/scripts/bundle.js')) !== 0) throw new Error('The workflows could not be bundled.');
}
