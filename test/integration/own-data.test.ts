import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/servers/clone-root.js';
import { openSmallStack, type SmallStack } from './small-stack.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-own-'));
let stack: SmallStack;

/** As in a clone: the examples are there, and the worker reads below it. */
beforeAll(async () => {
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  stack = await openSmallStack({ MLOPS_SOURCE_DIRECTORIES: root });
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line as a person pastes it, in a folder of its own. */
function pasted(line: string): Promise<Said> {
  const cli = `${process.execPath} ${join(root, 'dist/scripts/temporal-mlops.js')}`;
  const run = line.replace(/^npx temporal-mlops/, cli).replace('http://127.0.0.1:8080', stack.stack.serverUrl);
  const env = { ...process.env, ...stack.stack.environment };
  return new Promise((resolve) => {
    execFile('sh', ['-c', run], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
const cli = (words: string) => pasted(`npx temporal-mlops ${words}`);

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = readme.slice(readme.indexOf('## Your own data'), readme.indexOf('## Start any stage alone'));
const lines = /```sh\n([^`]*)```/.exec(section)?.[1]?.trim().split('\n') ?? [];

/** What a person sees of each line, in order. */
const shown: Record<string, RegExp> = {
  init: /^344 rows, 7 columns\n[^]*label: yes or no, 50\.5 % yes, 11 of 344 rows have none\n[^]*not sex: the label is made of it/,
  start: /^penguins: waiting for approval\n[^]*Version 1 waits for approval to production[^]*approve penguins/,
  approve: /^approved version 1 for production/,
  'start again': /^penguins: serving\n[^]*^production +1 /m,
  curl: /^\{"predictions":\{"probability":\[0\.\d+\]/,
  card: /^# penguins/m,
  runs: /^trainer +\w+/m,
  lineage: /^modelVersion penguins@1[^]*source /,
};

describe('own data', () => {
  it('goes from a file to an answer by the lines of the README', { timeout: 400_000 }, async () => {
    expect(lines).toHaveLength(Object.keys(shown).length);
    for (const [i, [name, expected]] of Object.entries(shown).entries()) {
      const { code, stdout, stderr } = await pasted(lines[i] ?? '');
      expect({ name, code, stdout, stderr }).toEqual({
        name,
        code: 0,
        stdout: expect.stringMatching(expected),
        stderr,
      });
    }
  });

  it('is followed while it runs, in the words of its stages', async () => {
    writeFileSync(
      join(folder, 'collect.yaml'),
      'dataset: more\nsources: [{ name: p, path: examples/penguins/penguins.csv }]\n',
    );
    const { code, stdout, stderr } = await cli('start collect.yaml');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^collect\/more ended:\n[^]*rows: 344/),
    });
    expect(stderr).toMatch(/^ {2}started collectData as collect\/more$/m);
    expect(JSON.parse((await cli('start collect.yaml --json')).stdout)).toMatchObject({
      workflowId: 'collect/more',
      joined: false,
      state: 'ended',
      result: { rows: 344, isNew: false },
    });
  });

  it('joins what runs with the same input, and refuses another', async () => {
    const again = JSON.parse((await cli('start penguins.yaml --detach --json')).stdout);
    expect(again).toMatchObject({ workflowId: 'lifecycle/penguins', joined: true, state: 'running' });
    writeFileSync(join(folder, 'other.yaml'), 'workflow: modelLifecycle\nmodel: penguins\n');
    const { code, stderr } = await cli('start other.yaml');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ALREADY_RUNNING: lifecycle\/penguins runs already with another input/m);
    writeFileSync(
      join(folder, 'other.yaml'),
      'workflow: modelLifecycle\nmodel: penguins\nmonitor: { every: 6 hours }\n',
    );
    const changed = await cli('start other.yaml --change --by ana@example.com');
    expect(changed).toMatchObject({ code: 0, stdout: expect.stringContaining('monitor') });
    expect((await cli('start collect.yaml --change --by ana@example.com')).code).toBe(2);
  });

  it.each([
    ['approve Penguins --by ana', 'Did you mean "penguins"?'],
    ['status pengins', 'Did you mean "penguins"?'],
    ['card pengins', 'Did you mean "penguins"?'],
    ['card penguins@7', 'penguins has no version 7.'],
    ['runs list pengins', 'Did you mean "penguins"?'],
    ['report penguins', 'penguins has no report yet'],
    ['runs compare penguins nothing', 'No run or version "nothing" is among the newest'],
    ['init examples/penguins/penguins.csv --label "sx = 1" --out wrong.yaml', 'rule "sx = 1"'],
  ])('answers "%s" with what was meant', async (words, message) => {
    const { code, stderr } = await cli(words);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('asks for lineage with DATABASE_URL alone, by the digits that it shows', async () => {
    const only = `env -u BLOB_URL -u MODEL_SERVER_ADDRESS ${process.execPath} ${join(root, 'dist/scripts/temporal-mlops.js')}`;
    const { stdout } = await pasted(`${only} lineage penguins`);
    expect(stdout).not.toMatch(/[0-9a-f]{64}/);
    const [, short] = /^[^a-z]*model ([0-9a-f]{12}):/m.exec(stdout) ?? [];
    expect(short).toBeDefined();
    expect((await pasted(`${only} lineage ${short}`)).code).toBe(0);
    expect((await pasted(`${only} lineage penguins --full`)).stdout).toMatch(/[0-9a-f]{64}/);
  });

  it('tells what is wrong with a file before anything is made of it', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i + 1},u${i}x,${i === 7 ? 'oops' : i / 10},same,${i % 2}`);
    writeFileSync(join(folder, 'own.csv'), ['id,who,weight,unit,label', ...rows, ''].join('\n'));
    const { code, stdout } = await cli('init own.csv --label "label" --json');
    expect(code).toBe(0);
    const { decided, warnings } = JSON.parse(stdout) as { decided: string[]; warnings: string[] };
    expect(decided).toEqual(
      expect.arrayContaining([
        '  not id: it numbers the rows',
        '  not who: nearly every row has another text',
        '  not unit: it is the same in every row',
        '  not label: the label is made of it',
      ]),
    );
    expect(warnings).toEqual(
      expect.arrayContaining(['weight is text, but 59 of its 60 values are numbers; the others are like "oops"']),
    );
    expect((await cli('init own.csv --label "label"')).code).toBe(2); // the recipe is there
  });
});
