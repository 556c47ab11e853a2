import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './run.mjs';
import { hashFiles, isStamped, stamp } from './stamp.mjs';

const modules = join(root, 'node_modules');
const node = `node${process.versions.node.split('.')[0]}`;
const stampFile = join(modules, '.temporal-mlops-stamp');

/** node_modules as package-lock.json has them, for this Node. Quiet, unless it fails. */
export async function install() {
  const state = `${node} ${hashFiles(['package-lock.json'])}`;
  if (isStamped(stampFile, state)) return;
  if (isForThisNode() && isInstalledByHand()) return stamp(stampFile, state);
  say('installing packages (npm ci), once …');
  const started = Date.now();
  const { code, output } = await npm();
  if (code !== 0) throw new Error(`${output}\nThe packages could not be installed (npm ended with ${code}).`);
  stamp(stampFile, state);
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/**
 * `npm ci`, and on failure one more try with `npm install --no-save`: it takes the same versions, but forgives a lock
 * file that was made where the packages for this platform could not be seen.
 */
async function npm() {
  const first = await runNpm('ci');
  if (first.code === 0 || first.code > 128) return first;
  say('npm ci failed; trying npm install …');
  return runNpm('install', '--no-save');
}

function runNpm(...args) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Without a stamp it is taken on trust. */
function isForThisNode() {
  return !existsSync(stampFile) || readFileSync(stampFile, 'utf8').startsWith(`${node} `);
}

/** Somebody ran npm: what npm wrote down as installed is what the lock file asks for. */
function isInstalledByHand() {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (!installed) return false;
  const isThere = ([path, { version, optional }]) =>
    installed[path]?.version === version || (optional && !installed[path]);
  return Object.entries(wanted).every((entry) => entry[0] === '' || isThere(entry));
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}
