import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface MeasuredRun {
  /** as the process itself took them */
  readonly seconds: number;
  readonly rows: number;
  /** of the process and all that it started, together; looked at every 50 ms */
  readonly peakMebibytes: number;
}

/** Runs a program whose last line is JSON with `seconds` and `rows`. */
export function measuredRun(program: string, args: readonly string[]): Promise<MeasuredRun> {
  return new Promise((resolve, reject) => {
    let peak = 0;
    const child = execFile(program, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      clearInterval(watch);
      if (error !== null) return reject(new Error(`${program} failed: ${stderr.slice(-2000) || error.message}`));
      const { seconds, rows } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as MeasuredRun;
      resolve({ seconds, rows, peakMebibytes: peak / 1024 });
    });
    const watch = setInterval(() => {
      peak = Math.max(peak, residentKibibytes(child.pid ?? 0));
    }, 50);
  });
}

function residentKibibytes(pid: number): number {
  try {
    const [, own = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return (
      Number(own) +
      (children === '' ? [] : children.split(' ')).reduce((sum, id) => sum + residentKibibytes(Number(id)), 0)
    );
  } catch {
    return 0; // it has ended
  }
}
