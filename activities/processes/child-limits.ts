import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, failure } from '../../schemas/index.js';

export interface ChildLimits {
  /** of all resident memory, native included; watched a few times a second, on Linux only */
  readonly residentMb?: number;
  /** of everything below a folder: spilled data and the job's own database alike */
  readonly disk?: { readonly folder: string; readonly mb: number };
  /** what needing more is called: the same input would need as much again. CHILD_KILLED when absent */
  readonly tooLargeCode?: ErrorCode;
}

const lookEveryMs = 200;
const mebibyte = 2 ** 20;

/**
 * Stops a child that takes more than it may. DuckDB's and ONNX Runtime's own limits do not cover every allocation
 * (`repeat('x', 3000000000)` takes 6 GB), and DuckDB's limit of spilled data does not count its database file.
 */
export function onTooLarge(
  pid: number | undefined,
  { residentMb, disk, tooLargeCode = 'CHILD_KILLED' }: ChildLimits,
  stop: (error: unknown) => void,
): () => void {
  const isWeighed = residentMb !== undefined && process.platform === 'linux';
  const look = () => {
    const tooLarge =
      (isWeighed ? beyond('memory', residentMemoryMb(pid), residentMb) : null) ??
      (disk === undefined ? null : beyond('disk', folderMb(disk.folder), disk.mb));
    if (tooLarge !== null) stop(failure(tooLargeCode, tooLarge, { residentMb, diskMb: disk?.mb }));
  };
  if (!isWeighed && disk === undefined) return () => {};
  const timer = setInterval(look, lookEveryMs);
  return () => clearInterval(timer);
}

const beyond = (what: string, usedMb: number, allowedMb: number): string | null =>
  usedMb <= allowedMb ? null : `Stopped because it used ${usedMb} MB of ${what}; ${allowedMb} MB are allowed.`;

function residentMemoryMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0; // already gone
  }
}

/** A job has a handful of files; one that vanishes while they are counted counts no more. */
function folderMb(folder: string): number {
  return Math.round(bytesBelow(folder) / mebibyte);
}

function bytesBelow(folder: string): number {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.reduce((bytes, entry) => bytes + bytesOf(join(folder, entry.name), entry.isDirectory()), 0);
  } catch {
    return 0;
  }
}

function bytesOf(path: string, isFolder: boolean): number {
  if (isFolder) return bytesBelow(path);
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
