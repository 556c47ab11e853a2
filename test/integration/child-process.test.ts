import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childEntry, runChild } from '../../activities/processes/child-process.js';
import { errorCode } from '../../schemas/index.js';
import { refusal } from './data-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-child-'));
const entry = join(folder, 'child.mjs');
const imports = (file: string) => JSON.stringify(pathToFileURL(childEntry(file)).href);
beforeAll(() =>
  writeFileSync(
    entry,
    `import { writeFileSync } from 'node:fs';
     import { childMain } from ${imports('activities/processes/child-main.js')};
     import { failure } from ${imports('schemas/index.js')};
     await childMain(async ({ mode, file, text }, report) => {
       if (file) writeFileSync(file, String(process.pid));
       report({ share: 0.5 });
       console.log('a library that prints');
       if (mode === 'environment') return process.env;
       if (mode === 'fail') throw failure('SQL_FAILED', 'no such table', { table: 't' });
       if (mode === 'crash') throw new TypeError('x is not a function');
       if (mode === 'exit') process.exit(3);
       if (mode === 'spin') for (;;);
       if (mode === 'memory') {
         const held = Buffer.alloc(400e6, 1);
         return new Promise((done) => setTimeout(() => done(held.length), 5000));
       }
       if (mode === 'disk') {
         for (let i = 0; i < 100; i++) {
           writeFileSync(text + '/' + i, Buffer.alloc(1e6));
           await new Promise((done) => setTimeout(done, 50));
         }
       }
       if (mode === 'large') return 'x'.repeat(8e6);
       return text.length;
     });`,
  ),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (input: unknown, more = {}) => runChild({ entry, input, deadlineMs: 20_000, ...more });
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('runChild', () => {
  it('returns the result, and what was said on the way', async () => {
    const said: unknown[] = [];
    expect(await run({ text: 'ü'.repeat(1_000_000) }, { onMessage: (message: unknown) => said.push(message) })).toBe(
      1_000_000,
    );
    expect(said).toEqual([{ share: 0.5 }]);
  });

  it('hands over a result far larger than a pipe to a parent that is busy', async () => {
    const running = run({ mode: 'large' });
    await sleep(5);
    const busyUntil = performance.now() + 1500;
    while (performance.now() < busyUntil);
    expect(await running).toHaveLength(8e6);
  });

  it('gives the child no environment of ours', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    expect(await run({ mode: 'environment' })).toEqual({ TZ: 'UTC', LANG: 'C.UTF-8' });
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });

  it('keeps the code of a failure, and gives one to a crash', async () => {
    expect(await refusal(run({ mode: 'fail' }))).toEqual({ code: 'SQL_FAILED', message: 'no such table' });
    expect(await refusal(run({ mode: 'crash' }))).toMatchObject({
      code: 'UNEXPECTED',
      message: expect.stringContaining('x is not a function'),
    });
    expect(await refusal(run({ mode: 'exit' }))).toMatchObject({
      code: 'CHILD_KILLED',
      message: expect.stringContaining('exit code 3'),
    });
  });

  it('kills a child that never returns: at its deadline, and when cancelled', async () => {
    const file = join(folder, 'pid');
    expect((await refusal(run({ mode: 'spin', file }, { deadlineMs: 700, deadlineCode: 'SQL_TIMEOUT' }))).code).toBe(
      'SQL_TIMEOUT',
    );
    expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
    const controller = new AbortController();
    const cancelled = run({ mode: 'spin', file }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('cancelled')), 500);
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  it.runIf(process.platform === 'linux')('kills a child that takes too much memory', async () => {
    const error = await run({ mode: 'memory' }, { residentMb: 200 }).catch((caught: unknown) => caught);
    expect(errorCode(error)).toBe('CHILD_KILLED');
    expect(String(error)).toContain('200 MB are allowed');
  });

  it('kills a child that fills more of its folder than it may, under the code that says whose fault it is', async () => {
    const folderOfJob = mkdtempSync(join(folder, 'job-'));
    const more = { disk: { folder: folderOfJob, mb: 10 }, tooLargeCode: 'JOB_TOO_LARGE' };
    const refused = await refusal(run({ mode: 'disk', text: folderOfJob }, more));
    expect(refused.code).toBe('JOB_TOO_LARGE');
    expect(refused.message).toMatch(/MB of disk; 10 MB are allowed/);
  });

  it('takes the child along when its parent is killed', async () => {
    const file = join(folder, 'orphan');
    const script = `import { runChild } from ${imports('activities/processes/child-process.js')};
      await runChild({ entry: ${JSON.stringify(entry)}, input: ${JSON.stringify({ mode: 'spin', file })}, deadlineMs: 60000 });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const pid = await appears(file);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    for (let tries = 0; tries < 50 && isAlive(pid); tries++) await sleep(100);
    expect(isAlive(pid)).toBe(false);
  });
});

async function appears(file: string): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const text = await Promise.resolve()
      .then(() => readFileSync(file, 'utf8'))
      .catch(() => '');
    if (text !== '') return Number(text);
    await sleep(100);
  }
  throw new Error(`${file} did not appear`);
}
