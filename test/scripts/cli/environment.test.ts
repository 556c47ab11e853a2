import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { livingProcesses } from '../../../scripts/cli/environment.js';

const folder = mkdtempSync(join(tmpdir(), 'dev-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** No process has it: it is above what any kernel gives. */
const dead = 2 ** 22 + 1;

it.each<[string, string, number[]]>([
  ['all of them live', `# pids ${process.pid} ${process.ppid}`, [process.pid, process.ppid]],
  ['one of them is gone', `# pids ${process.pid} ${dead}`, [process.pid]],
  ['all of them are gone', `# pids ${dead}`, []],
  ['a process that never was', '# pids 0', []],
  ['no process is named', 'DATABASE_URL=postgres://127.0.0.1/mlops', []],
])('what a running stack wrote counts while one of its processes lives: %s', (what, firstLine, living) => {
  const file = join(folder, what.replaceAll(' ', '-'));
  writeFileSync(file, `${firstLine}\nTEMPORAL_ADDRESS=127.0.0.1:7233\n`);
  expect(livingProcesses(file)).toEqual(living);
  expect(livingProcesses(join(folder, 'none'))).toEqual([]);
});
