import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, say } from './run.mjs';

const lock = join(root, '.mlops', 'setup.lock');
const beatMs = 2_000;
const staleMs = 30_000;

/** One setup at a time: making a folder is what only one can do. Whoever comes second waits, and finds the work done. */
export async function withLock(work) {
  await acquire();
  const beat = setInterval(touch, beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (holderPid() === process.pid) rmSync(lock, { recursive: true, force: true });
  }
}

function touch() {
  if (holderPid() === process.pid) utimesSync(lock, new Date(), new Date());
}

async function acquire() {
  mkdirSync(join(root, '.mlops'), { recursive: true });
  for (let told = false; !take(); await sleep(200)) {
    const holder = holderPid();
    if (isStale(holder)) breakLock(holder);
    else if (!told) say(`waiting for another setup (process ${holder}) …`);
    told = true;
  }
}

function take() {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  return true;
}

/** A holder that is dead, or whose pid has come to another process: it has stopped touching its folder. */
function isStale(holder) {
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > staleMs || (holder !== null && !isAlive(holder));
}

/** Renaming picks one breaker; one who by then got hold of a new lock (not the stale one) puts it back. */
function breakLock(holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (holderPid(aside) !== holder) return renameSync(aside, lock);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function holderPid(folder = lock) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
