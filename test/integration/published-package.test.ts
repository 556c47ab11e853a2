import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/servers/clone-root.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-package-'));
const installed = join(folder, 'node_modules', 'temporal-mlops');
const run = promisify(execFile);

/** What npm would publish, unpacked where npm would install it; only the dependencies are those of the clone. */
beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, stdout.trim()), '--strip-components=1', '-C', installed]);
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nothing = { PATH: process.env['PATH'] ?? '', HOME: folder, TEMPORAL_ADDRESS: '127.0.0.1:9' };

async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const entry = join(installed, bin['temporal-mlops'] ?? '');
  return run(process.execPath, [entry, ...args], { cwd: folder, env: nothing }).then(
    (done) => ({ ...done, code: 0 }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('the published package', () => {
  it('has a command line that runs without the clone', async () => {
    expect(await cli('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('usage: temporal-mlops') });
    const { stdout } = await cli('schema', 'deployModel');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'deployModel', kind: 'workflow' });
  });

  it('says by "doctor" what is missing, each finding in one column with its remedy below', async () => {
    const { code, stdout, stderr } = await cli('doctor');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('DATABASE_URL: is missing; it must be like postgres://');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((text) => !/^([✓✗–] .{17}| {19}) {2}/.test(text))).toEqual([]);
    const remedies = lines.filter((text) => /^ +→ ./.test(text));
    expect(remedies).toHaveLength(lines.filter((text) => text.startsWith('✗')).length);
  });

  it('ends as ever, without a stack, where nobody reads on', async () => {
    const command = `${process.execPath} ${join(installed, 'scripts/temporal-mlops.mjs')} doctor`;
    const { stderr } = await run('sh', ['-c', `(${command}; echo "ended with $?" >&2) | true`], { env: nothing });
    expect(stderr).toBe('ended with 1\n');
  });

  it('holds what its code reads and no source, test or setup', () => {
    const has = (path: string) => existsSync(join(installed, path));
    const needed = [
      'dist/activities/stores/postgres/migrations/0001_facts.sql',
      'dist/workflow-bundle.js',
      'dist/index.d.ts',
    ];
    expect(needed.filter((path) => !has(path))).toEqual([]);
    const refused = ['test', 'dist/test', 'scripts/setup.mjs', 'docker-compose.yml', 'index.ts', 'dist/.stamp'];
    expect(refused.filter(has)).toEqual([]);
  });

  it('is what a host imports: the plugin, the workflows, the schemas and the client', async () => {
    const names = ['temporal-mlops', 'temporal-mlops/workflows', 'temporal-mlops/schemas', 'temporal-mlops/client'];
    const script = `for (const name of ${JSON.stringify(names)}) console.log(Object.keys(await import(name)).length > 0)`;
    const options = { cwd: installed, env: nothing };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], options);
    expect(stdout.trim().split('\n')).toEqual(names.map(() => 'true'));
  });
});
