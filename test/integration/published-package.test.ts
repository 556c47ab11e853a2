import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trips } from '../../scripts/bench/small-model.js';
import { compileProject, runProject, settingsOf, writeProject } from './host-project.js';
import { filesBelow, type Installed, installAlone, packed } from './installed-package.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-package-'));
const run = promisify(execFile);
let installed: Installed;

/** What npm would publish, installed as anybody would. */
beforeAll(async () => {
  installed = await installAlone(await packed(folder));
}, 900_000);
afterAll(() => {
  for (const made of [folder, dirname(installed.folder)]) rmSync(made, { recursive: true, force: true });
});

const nothing = { PATH: process.env['PATH'] ?? '', HOME: folder, TEMPORAL_ADDRESS: '127.0.0.1:9' };
const inProject = {
  env: nothing,
  get cwd() {
    return installed.folder;
  },
};
const entryNames = [
  'temporal-mlops',
  'temporal-mlops/workflows',
  'temporal-mlops/schemas',
  'temporal-mlops/client',
  'temporal-mlops/testing',
];

async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { bin } = JSON.parse(readFileSync(join(installed.path, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const entry = join(installed.path, bin['temporal-mlops'] ?? '');
  return run(process.execPath, [entry, ...args], { cwd: folder, env: nothing }).then(
    (done) => ({ ...done, code: 0 }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('npm install of the package in an empty folder, with install scripts', () => {
  it('asks nobody but the registry', () => {
    expect(installed.asked).toEqual([]);
  });

  it('would be seen to ask somebody else: a package whose script does is refused, and the host is named', async () => {
    const nosy = join(folder, 'nosy');
    mkdirSync(nosy);
    const postinstall = `node -e "fetch('https://elsewhere.example').catch((e) => { console.error(e); process.exit(1) })"`;
    writeFileSync(
      join(nosy, 'package.json'),
      JSON.stringify({ name: 'nosy', version: '1.0.0', scripts: { postinstall } }),
    );
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: nosy });
    await expect(installAlone(join(folder, stdout.trim()))).rejects.toThrow('ENOTFOUND elsewhere.example');
  });

  it('has one copy of each package of Temporal, which is the one that the host imports', () => {
    const copies = filesBelow(join(installed.folder, 'node_modules'))
      .filter((path) => /@temporalio\/[^/]+\/package\.json$/.test(path))
      .map((path) => path.split('@temporalio/')[1]);
    expect(copies).toContain('worker/package.json');
    expect(copies).toEqual([...new Set(copies)]);
  });

  it('has the engine that serves and checks models, on every platform that it comes for', async () => {
    const engine = pathToFileURL(join(installed.path, 'dist/activities/onnx/onnx-model.js')).href;
    const script = `console.log((await import(${JSON.stringify(engine)})).runtimeVersion())`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], inProject);
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const bindings = filesBelow(join(installed.path, 'dist/node_modules')).filter((path) => path.endsWith('.node'));
    expect(bindings.map((path) => path.split('/').slice(-3, -1).join('/')).toSorted()).toEqual([
      'darwin/arm64',
      'linux/arm64',
      'linux/x64',
    ]);
  });
});

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
    const command = `${process.execPath} ${join(installed.path, 'scripts/temporal-mlops.mjs')} doctor`;
    const { stderr } = await run('sh', ['-c', `(${command}; echo "ended with $?" >&2) | true`], { env: nothing });
    expect(stderr).toBe('ended with 1\n');
  });

  it('holds what its code reads and no source, test or setup', () => {
    const has = (path: string) => existsSync(join(installed.path, path));
    const needed = [
      'dist/activities/stores/postgres/migrations/0001_facts.sql',
      'dist/workflow-bundle.js',
      'dist/schemas/json/modelLifecycle.json',
      'dist/index.d.ts',
    ];
    expect(needed.filter((path) => !has(path))).toEqual([]);
    const refused = ['test', 'dist/test', 'scripts/setup.mjs', 'docker-compose.yml', 'index.ts', 'dist/.stamp'];
    expect(refused.filter(has)).toEqual([]);
  });

  it('is what a host imports: the plugin, the workflows, the schemas and the client', async () => {
    const script = `for (const name of ${JSON.stringify(entryNames)}) console.log(Object.keys(await import(name)).length > 0)`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], inProject);
    expect(stdout.trim().split('\n')).toEqual(entryNames.map(() => 'true'));
  });

  it.each(['import', 'require'])(
    'is what a CommonJS host gets by %s(): the same names, one copy of each',
    async (word) => {
      const script = `(async () => {
      const [plugin, schemas] = [await ${word}('temporal-mlops'), await ${word}('temporal-mlops/schemas')];
      console.log(new plugin.MlopsPlugin({ ports: null }).name, plugin.CollectInput === schemas.CollectInput);
    })()`;
      const { stdout, stderr } = await run(process.execPath, ['--input-type=commonjs', '-e', script], inProject);
      expect({ stdout, stderr }).toEqual({ stdout: 'temporal-mlops.MlopsPlugin true\n', stderr: '' });
    },
  );
});

describe("a team's project in TypeScript that depends on the package", () => {
  it('compiles: the page about the plugin, and no typo of those that must not', async () => {
    const shown = ['workflows.ts', 'worker.ts', 'client.ts', 'bundle.ts', 'memory.ts'];
    expect(writeProject(installed)).toEqual(shown);
    expect(await compileProject(installed)).toBe('');
  });

  it('runs as the page says: a workflow of its own with ours as children, its own worker and client', async () => {
    const rows = trips(300);
    const { printed, ended } = await runProject(installed, await settingsOf(installed, rows));
    const late = rows.filter(({ delay }) => delay > 15).length / rows.length;
    expect(printed).toEqual([`late: ${late}`, expect.stringMatching(/^stage: \w/)]);
    expect(await ended).toBe(0);
  }, 300_000);
});
