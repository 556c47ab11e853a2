import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../../schemas/index.js';

/** A lock's holder, and a number that it counts up for as long as it lives. */
const Lock = z.object({ id: z.string(), pid: z.number().int(), place: z.string(), beat: z.number() });
type Lock = z.infer<typeof Lock>;

const beatMs = 1000;
const lookMs = 250;

export interface LockOptions {
  readonly onLost: () => void;
  /** a holder that nobody here can ask is watched for so long; one that stands still for longer is taken for dead */
  readonly patienceMs?: number;
}

/**
 * One supervisor per folder: two would ship and delete each other's segments. A lock whose process is gone is taken over.
 * Process numbers mean something only on one machine, in one container, since its start; a holder from elsewhere (another
 * container on the same volume) lives while its beat goes on. Returns what gives the lock back. `onLost` is called where
 * another took it over, because this process stood still for too long.
 */
export async function lockFolder(folder: string, { onLost, patienceMs = 10_000 }: LockOptions): Promise<() => void> {
  const file = join(folder, 'supervisor.lock');
  const own: Lock = { id: randomUUID(), pid: process.pid, place: placeOf(), beat: 0 };
  if (!create(file, own)) await takeOver({ file, folder, patienceMs }, own);
  const timer = setInterval(() => beat(file, own, onLost), beatMs).unref();
  return () => {
    clearInterval(timer);
    if (read(file)?.id === own.id) rmSync(file, { force: true });
  };
}

function create(file: string, lock: Lock): boolean {
  try {
    writeFileSync(file, JSON.stringify(lock), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

interface Taking {
  readonly file: string;
  readonly folder: string;
  readonly patienceMs: number;
}

async function takeOver({ file, folder, patienceMs }: Taking, own: Lock): Promise<void> {
  const holder = read(file) ?? (await sleep(lookMs), read(file)); // it may be writing its first one
  if (holder !== null && (await lives(file, holder, patienceMs))) throw taken(holder, folder);
  write(file, own);
  await sleep(lookMs); // another one that starts now has written too: the last one has it
  const now = read(file);
  if (now !== null && now.id !== own.id) throw taken(now, folder);
}

async function lives(file: string, holder: Lock, patienceMs: number): Promise<boolean> {
  if (holder.place === placeOf()) return holder.pid !== process.pid && isAlive(holder.pid);
  for (let waited = 0; waited < patienceMs; waited += lookMs) {
    await sleep(lookMs);
    const now = read(file);
    if (now?.id !== holder.id || now.beat !== holder.beat) return now !== null;
  }
  return false;
}

function beat(file: string, own: Lock, onLost: () => void): void {
  const now = read(file);
  if (now !== null && now.id !== own.id) return onLost();
  write(file, { ...own, beat: Date.now() });
}

/** Null for a lock that is gone or torn. */
function read(file: string): Lock | null {
  try {
    return Lock.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Readers see the old one or the new one. A disk that is full now may have room at the next beat. */
function write(file: string, lock: Lock): void {
  try {
    writeFileSync(`${file}.${lock.id}`, JSON.stringify(lock));
    renameSync(`${file}.${lock.id}`, file);
  } catch (error) {
    console.error(`The lock could not be renewed: ${(error as Error).message}`);
  }
}

function taken({ pid, place }: Lock, folder: string) {
  const who = place === placeOf() ? `process ${pid}` : `process ${pid} on ${place.split(' ')[0]}`;
  const message = `Another model server (${who}) uses ${folder}. Give each its own MLOPS_WORK_DIRECTORY.`;
  return failure('CONFIGURATION_INVALID', message, { pid, place });
}

/** Where process numbers mean the same: host, since its start, in one process namespace. */
function placeOf(): string {
  const boot = orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = orNothing(() => readlinkSync('/proc/self/ns/pid'));
  return `${hostname()} ${boot} ${namespace}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return isModelServer(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The number may be somebody else's by now. Where it cannot be told, it counts. */
function isModelServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model-server');
  } catch {
    return true;
  }
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
