import { execFileSync } from 'node:child_process';
import type * as Os from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { closest } from '../../../schemas/closest-word.js';
import { type Documented, type LineageGraph, type LineageNode, registry } from '../../../schemas/index.js';
import { main } from '../../../scripts/cli/command-line.js';
import { descendants, inWords as inWordsOf, shortened, tree } from '../../../scripts/cli/lineage-tree.js';
import { statusText } from '../../../scripts/cli/status-text.js';
import { verbs } from '../../../scripts/cli/verbs.js';
import { inWords } from '../../../scripts/verbs/rollback.js';
import type { described } from '../../../scripts/verbs/schema.js';
import { statusOf } from '../../../workflows/lifecycle/display.js';
import { ask, promote, send, stateOf } from '../../workflows/lifecycle/fixtures.js';

/** The one thing of the machine that a test may not have: whose login it is. */
const login = vi.hoisted(() => ({ name: 'ana' }));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof Os>()),
  userInfo: () => ({ username: login.name }),
}));

let out: string[];
let errors: string[];

beforeEach(() => {
  out = [];
  errors = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void errors.push(line));
  for (const name of ['DATABASE_URL', 'BLOB_URL', 'MLOPS_DEBUG']) vi.stubEnv(name, '');
  vi.stubEnv('MLOPS_PROFILE', 'production');
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:9');
});
afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function call(...args: string[]) {
  process.exitCode = undefined;
  await main(args);
  return { code: process.exitCode ?? 0, out: out.join('\n'), errors: errors.join('\n') };
}

describe('the command line', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists every verb for %j', async (args) => {
    const { code, out: text } = await call(...args);
    expect(code).toBe(0);
    for (const name of Object.keys(verbs)) expect(text).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  it.each(Object.keys(verbs))('explains "%s"', async (name) => {
    const { code, out: text } = await call(name, '--help');
    expect(code).toBe(0);
    expect(text).toContain(`usage: temporal-mlops ${name}`);
    expect(text).toContain('--json');
  });

  it.each([
    ['stauts', '"stauts" is not a verb. Did you mean "status"?'],
    ['frobnicate', '"frobnicate" is not a verb.'],
    ['constructor', '"constructor" is not a verb.'],
  ])('does not understand "%s", and says what is near', async (name, message) => {
    const { code, errors: text } = await call(name);
    expect(code).toBe(2);
    expect(text.split('\n')[0]).toBe(message);
  });

  it('does not understand an unknown option', async () => {
    const { code, errors: text } = await call('schema', '--frob');
    expect(code).toBe(2);
    expect(text).toMatch(/--frob.*See: temporal-mlops schema --help$/s);
  });

  it.each([
    [['--quick', '--full'], /^Say --quick or --full/],
    [['--expect', '5'], /^--expect takes what an earlier verify told/],
    [['--expect', `0:${'a'.repeat(64)}`], /^--expect/],
    [['--expect', `5:${'A'.repeat(63)}`], /^--expect/],
  ])('verifies nothing by %j', async (args, message) => {
    const { code, errors: text } = await call('verify', ...args);
    expect(code).toBe(2);
    expect(text).toMatch(message);
  });

  it('prints a failure as one message without a stack', async () => {
    const { code, errors: text } = await call('migrate');
    expect(code).toBe(1);
    expect(text).toMatch(/^CONFIGURATION_INVALID: The environment is not complete:/);
    expect(text).toContain('DATABASE_URL');
    expect(text).not.toMatch(/^ +at /m);
  });

  it('prints a failure as one JSON value where JSON is asked for', async () => {
    const { code, out: text, errors: none } = await call('migrate', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      error: expect.stringContaining('BLOB_URL'),
    });
    expect(none).toBe('');
  });

  it('says where Temporal was looked for when it does not answer', async () => {
    const { code, errors: text } = await call('status', 'flight-delay');
    expect(code).toBe(1);
    expect(text).toMatch(
      /^CONFIGURATION_INVALID: Temporal at 127\.0\.0\.1:9 does not answer\. Start everything with "npm run dev"/,
    );
  });

  it.each([
    ['approve', []],
    ['approve', ['m', '--version', 'two']],
    ['rollback', ['m', 'n']],
    ['lineage', []],
    ['start', []],
    ['status', ['m', 'n']],
    ['report', []],
    ['report', ['m', 'yesterday']],
    ['card', []],
    ['card', ['m@two']],
    ['runs', []],
    ['runs', ['list']],
    ['runs', ['list', 'm', 'n']],
    ['logs', ['retire']],
    ['completion', []],
  ])('refuses "%s" with %j and shows how it is used', async (verb, args) => {
    const { code, errors: text } = await call(verb, ...args);
    expect(code).toBe(2);
    expect(text).toMatch(/Usage: temporal-mlops|must be a version like 2|is like /);
    expect(text).toContain(`See: temporal-mlops ${verb} --help`);
  });

  it.each([
    [['verify', '--quik'], '"--quik" is not an option of "verify". Did you mean "--quick"?'],
    [['approve', 'm', '--verison', '2'], '"--verison" is not an option of "approve". Did you mean "--version"?'],
    [['status', '--frobnicate'], '"--frobnicate" is not an option of "status".'],
    [['bench', 'serv'], '"serv" is not a bench. Did you mean "serve"?'],
  ])('answers %j with the word that was most likely meant', async (args, message) => {
    const { code, errors: text } = await call(...args);
    expect(code).toBe(2);
    expect(text.split('\n')[0]).toBe(message);
  });

  it('says what was not understood as one JSON value where JSON is asked for', async () => {
    const { code, out: text, errors: none } = await call('verify', '--quik', '--json');
    expect({ code, none }).toEqual({ code: 2, none: '' });
    expect(JSON.parse(text)).toEqual({
      code: 'InvalidInput',
      error: '"--quik" is not an option of "verify". Did you mean "--quick"?',
    });
  });

  it.each(['--version', '-V'])('says by %s which one it is', async (option) => {
    const { code, out: text } = await call(option);
    expect(code).toBe(0);
    expect(text).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each(Object.keys(verbs))('has words for each option of "%s"', async (name) => {
    const { out: text } = await call(name, '--help');
    const options = text.split('\n').filter((line) => /^ {2}-/.test(line));
    expect(options.length).toBeGreaterThan(1);
    expect(options.filter((line) => !/^ {2}(-\w, )?--[\w-]+( <.+>)? {2,}\S/.test(line))).toEqual([]);
  });

  it.each(['root', 'node', 'runner'])('asks who acts where the login is "%s", which is nobody', async (username) => {
    login.name = username;
    const { code, errors: text } = await call('approve', 'm');
    expect(code).toBe(2);
    expect(text).toContain(`the login "${username}" is no person: say --by you@example.com, or set MLOPS_ACTOR`);
    vi.stubEnv('MLOPS_ACTOR', 'ana@example.com');
    expect(await call('approve', 'm')).toMatchObject({ code: 1 }); // got as far as Temporal, which is not there
  });

  it.each(['bash', 'zsh', 'fish'])('completes every verb and its options in %s', async (shell) => {
    const { code, out: text } = await call('completion', shell);
    expect(code).toBe(0);
    for (const name of Object.keys(verbs)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(text).toContain('to-version');
  });

  it('completes a word that was begun, as bash does it', async () => {
    const { out: script } = await call('completion', 'bash');
    const completed = (...words: string[]) => {
      const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      const run = `${script}\n${set}\n_temporal_mlops\necho "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).trim();
    };
    expect(completed('temporal-mlops', 'appr')).toBe('approve');
    expect(completed('temporal-mlops', 'rollback', 'm', '--to')).toBe('--to-version');
  });
});

describe('schema', () => {
  it('lists every workflow and message', async () => {
    const { out: text } = await call('schema', '--json');
    const updateToo = { name: 'rollback', kind: 'update' };
    const listed = Object.entries(registry).flatMap(([name, { kind }]) =>
      name === 'rollback' ? [{ name, kind }, updateToo] : [{ name, kind }],
    );
    expect(JSON.parse(text)).toEqual(listed);
  });

  it.each(Object.keys(registry))('gives "%s" as JSON Schema with an example that is valid', async (name) => {
    const { code, out: text } = await call('schema', name);
    const given = JSON.parse(text) as ReturnType<typeof described>;
    const documented: Documented = registry[name as keyof typeof registry];
    expect(code).toBe(0);
    expect(given.schema).toHaveProperty('$schema');
    expect(given.schema.type ?? given.schema.anyOf).toBeTruthy();
    expect((documented.schema as z.ZodType).safeParse(given.example)).toMatchObject({ success: true });
  });

  it('does not know other names', async () => {
    const { code, errors: text } = await call('schema', 'trainModle');
    expect(code).toBe(1);
    expect(text).toBe('NOT_FOUND: "trainModle" is neither a workflow nor a message. Did you mean "trainModel"?');
  });
});

const nodeOf = (kind: string): LineageNode => {
  return { id: `${kind}:1`, kind, label: '1', digest: null, createdAt: null, detail: '' };
};

/** Of edges by their kinds; what the first one leads to is asked for. */
function graphOf(...edges: [from: string, to: string][]): LineageGraph {
  const kinds = new Set(edges.flatMap(([from, to]) => [to, from]));
  const joining = edges.map(([from, to]) => ({ from: `${from}:1`, relation: 'trained' as const, to: `${to}:1` }));
  const asked = [...kinds].slice(0, 1).map((kind) => `${kind}:1`);
  return { asked, nodes: [...kinds].map(nodeOf), edges: joining, leftOut: 0 };
}

describe('what is printed', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u202e\u2028]/;
  const stored = 'eve\u001b[2J\u009b1A\r\u202e\u2028';

  it('of a status holds nothing that a terminal obeys, and no line that was not ours, whatever is stored', () => {
    const st = stateOf();
    promote(st, 1);
    ask(st, 2);
    const status = statusOf(st);
    const forged = `${stored}\nVersion 3 serves production`;
    const text = statusText({
      ...status,
      problem: forged,
      waitingFor: status.waitingFor.map((gate) => ({ ...gate, evidence: [forged] })),
      history: [{ at: '2024-01-01T00:00:00Z', what: forged }],
      refused: [{ message: 'approve', code: 'InvalidInput', reason: forged, at: '2024-01-01T00:00:00Z' }],
      triggersNotActedOn: [{ at: '2024-01-01T00:00:00Z', by: forged, reason: forged }],
    } as typeof status);
    expect(text).not.toMatch(obeyed);
    expect(text).not.toMatch(/^Version 3/m);
    expect(text).toContain('eve\\u001b[2J\\u009b1A\\u000d\\u202e\\u2028 Version 3 serves production');
  });

  it('of a lineage holds nothing that a terminal obeys', () => {
    const node = { ...nodeOf('approval'), label: 'm@1', detail: `approved by ${stored}\nmodelVersion m@2` };
    const text = tree({ asked: [node.id], nodes: [node], edges: [], leftOut: 0 });
    expect(text).not.toMatch(obeyed);
    expect(text.split('\n')).toHaveLength(1);
  });

  it.each([
    ['text', []],
    ['JSON', ['--json']],
  ])('of an error holds nothing that a terminal obeys, as %s', async (_, more) => {
    const { code, out: json, errors: text } = await call('schema', stored, ...more);
    expect(code).toBe(1);
    expect(json + text).toContain('\\u001b[2J');
    expect(json + text).not.toMatch(obeyed);
  });

  it.each([[[`fro${stored}`]], [['schema', `--${stored}`]]])(
    'of what was not understood holds none either: %j',
    async (args) => {
      const { code, errors: text } = await call(...args);
      expect(code).toBe(2);
      expect(text).not.toMatch(obeyed);
    },
  );

  it('of a lifecycle says what serves, what waits and the lines that answer it', () => {
    const st = stateOf();
    promote(st, 1);
    ask(st, 2);
    const text = statusText(statusOf(st));
    expect(text).toMatch(/^flight-delay: waiting for approval/);
    expect(text).toMatch(/^production +1 +– +– +1 +version 2: waiting$/m);
    expect(text).toContain(
      `temporal workflow signal -w lifecycle/flight-delay --name approve -i '{"by":"you@example.com","environment":"production","version":2}'`,
    );
    expect(text).toContain('temporal-mlops approve flight-delay --version 2 --environment production');
  });

  it('of a lineage goes from the prediction to its sources, one step further in each', () => {
    const text = tree(
      graphOf(
        ['predictionSegment', 'prediction'],
        ['modelVersion', 'prediction'],
        ['approval', 'modelVersion'],
        ['run', 'modelVersion'],
        ['code', 'run'],
        ['commit', 'run'],
        ['labelledDataset', 'run'],
        ['dataset', 'labelledDataset'],
        ['source', 'dataset'],
      ),
    );
    const indents = text.split('\n').map((line) => line.search(/[a-z]/));
    expect(indents).toEqual([0, 3, 3, 6, 6, 9, 9, 9, 12, 15]);
  });

  it('of a rollback that changed nothing says so first', () => {
    const st = stateOf();
    const rollback = (toVersion?: number) => {
      const reply = send(st, 'rollback', { by: 'ana', reason: `now ${Math.random()}`, toVersion });
      expect(reply.accepted).toBe(true);
      return inWords(reply, 0.04);
    };
    promote(st, 1);
    promote(st, 2);
    expect(rollback()).toBe('rolled back: version 1 serves production (0.04 s)');
    expect(rollback()).toMatch(/^nothing was changed: the last change was itself a rollback/);
    expect(rollback(1)).toBe('nothing was changed: version 1 serves production already');
    const underWay = 'version 1 serves production, as soon as the model server has it';
    expect(inWords({ changed: true, served: false, message: underWay }, 15)).toBe(`taken, not served yet: ${underWay}`);
  });

  it('of a lineage shows 12 digits of a digest and the end of an address', () => {
    const digest = '0123456789abcdef'.repeat(4);
    expect(shortened(`source ${digest}: file:///srv/mlops/blobs/sha256/01/${digest} (9 rows)`)).toBe(
      'source 0123456789ab: …/0123456789ab (9 rows)',
    );
    expect(shortened('request 20260131-0123456789abcdef, s3://bucket/a.csv')).toBe(
      'request 20260131-0123456789abcdef, …/a.csv',
    );
  });

  it('of a lineage begins at the left, whatever was asked for', () => {
    const alone = { ...nodeOf('labelledDataset'), label: 'f@1', detail: '9 rows' };
    expect(tree({ asked: [alone.id], nodes: [alone], edges: [], leftOut: 0 })).toBe('labelledDataset f@1: 9 rows');
    const text = tree(
      graphOf(
        ['modelVersion', 'prediction'],
        ['approval', 'modelVersion'],
        ['run', 'modelVersion'],
        ['code', 'run'],
        ['source', 'run'],
      ),
    );
    expect(text).toBe(
      [
        'prediction 1',
        '└─ modelVersion 1',
        '   ├─ approval 1',
        '   └─ run 1',
        '      ├─ code 1',
        '      └─ source 1',
      ].join('\n'),
    );
  });

  it('of a lineage draws each thing once, below the furthest that it went into, and leaves out what was made', () => {
    const graph = graphOf(
      ['run', 'modelVersion'],
      ['model', 'modelVersion'],
      ['run', 'model'],
      ['model', 'report'],
      ['meta', 'run'],
      ['dataset', 'run'],
      ['dataset', 'meta'],
      ['source', 'dataset'],
    );
    expect(tree({ ...graph, asked: ['modelVersion:1', 'model:1'] })).toBe(
      [
        'modelVersion 1',
        '└─ model 1',
        '   └─ run 1',
        '      └─ meta 1',
        '         └─ dataset 1',
        '            └─ source 1',
      ].join('\n'),
    );
    expect(descendants(graph).map(inWordsOf)).toEqual(['report 1']);
  });

  it('of a lineage that goes in a circle ends', () => {
    const circle = graphOf(['b', 'a'], ['a', 'b'], ['c', 'b']);
    expect(tree(circle)).toBe(['a 1', '└─ b 1', '   └─ c 1'].join('\n'));
  });

  it.each([
    ['stauts', 'status'],
    ['verfiy', 'verify'],
    ['xxxxxxx', null],
  ])('for "%s" suggests %j', (word, near) => {
    expect(closest(word, Object.keys(verbs))).toBe(near);
  });
});
