import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileSource } from '../../../activities/sources/file.js';
import { errorCode } from '../../../schemas/index.js';
import { describeSource } from '../../conformance/source.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-file-source-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function twoFiles() {
  const within = mkdtempSync(join(folder, 'allowed-'));
  const april = join(within, 'april.csv');
  writeFileSync(april, 'id\n1\n');
  writeFileSync(join(within, 'may.csv'), 'id\n2\n');
  return { within, april };
}

describeSource('file', async () => {
  const { within, april } = twoFiles();
  return {
    source: fileSource({ allowed: [within] }),
    written: { kind: 'file', name: 'trips', path: '*.csv' },
    nothing: { kind: 'file', name: 'trips', path: 'none-*.csv' },
    change: async () => writeFileSync(april, 'id\n1\n3\n'),
    remove: async () => rmSync(april),
  };
});

const at = { directory: folder, signal: new AbortController().signal, secret: async () => '', say: () => {} };

it('fetches no partition outside its folders, whoever says that it was listed', async () => {
  const { within } = twoFiles();
  const outside = join(folder, 'outside.csv');
  writeFileSync(outside, 'id\n1\n');
  symlinkSync(outside, join(within, 'link.csv'));
  const source = fileSource({ allowed: [within] });
  const options = { kind: 'file', name: 'trips', path: '*.csv' } as const;
  for (const key of [outside, join(within, 'link.csv'), join(within, '..', 'outside.csv')]) {
    expect(await source.fetch(options, { key, stamp: '' }, at).catch(errorCode)).toBe('SOURCE_NOT_ALLOWED');
  }
});

describe('what is no data', () => {
  const within = mkdtempSync(join(folder, 'project-'));
  const work = join(within, 'work');
  const files = [
    '.env',
    '.mlops/dev.env',
    'data/.secret.csv',
    'data/.hidden/a.csv',
    'data/april.csv',
    'work/job/b.csv',
  ];
  for (const file of files) {
    mkdirSync(join(within, file, '..'), { recursive: true });
    writeFileSync(join(within, file), 'id\n1\n');
  }
  symlinkSync(join(within, '.env'), join(within, 'data', 'link.csv'));
  symlinkSync(join(within, '.hidden-nothing'), join(within, 'data', 'dangling.csv'));
  symlinkSync(work, join(within, 'data', 'others'));
  const source = fileSource({ allowed: [within], never: [work] });
  const list = (path: string) => source.list({ kind: 'file', name: 'trips', path }, null, at);
  const fetch = (file: string) =>
    source.fetch({ kind: 'file', name: 'trips', path: '*' }, { key: join(within, file), stamp: '' }, at);

  it.each([
    ...[
      '.env',
      './.env',
      'data/../.env',
      '.mlops/dev.env',
      'data/.secret.csv',
      'data/.hidden/a.csv',
      '.env-that-is-not',
    ],
    ...['.mlops/*', 'data/.hidden/*.csv', 'data/link.csv', 'data/{link,april}.csv'],
    ...['work/job/b.csv', 'work/**', 'data/others/job/b.csv', 'data/others/*/b.csv'],
  ])('is never listed, though it lies in an allowed folder: %s', async (path) => {
    expect(await list(path).catch(errorCode)).toBe('SOURCE_NOT_ALLOWED');
    expect(await list(join(within, path)).catch(errorCode)).toBe('SOURCE_NOT_ALLOWED');
  });

  it.each(['.e*', '*env', '**/.*', '**/dev.env', '{.env,x}', '[.]env'])('is met by no wildcard: %s', async (path) => {
    expect(await list(path).catch(errorCode)).toBe('SOURCE_NOT_FOUND');
  });

  it('is left out where a wildcard meets data too', async () => {
    const { partitions } = await list('{data,work}/**/a*.csv');
    expect(partitions.map(({ key }) => basename(key))).toEqual(['april.csv']);
  });

  it.each(files.filter((file) => file !== 'data/april.csv'))(
    'is not fetched, whoever says it was listed: %s',
    async (file) => {
      expect(await fetch(file).catch(errorCode)).toBe('SOURCE_NOT_ALLOWED');
    },
  );

  it('may have an allowed folder below it: whoever names the folder means it', async () => {
    const hidden = fileSource({ allowed: [join(within, 'data', '.hidden')] });
    const { partitions } = await hidden.list({ kind: 'file', name: 'trips', path: '*.csv' }, null, at);
    expect(partitions).toHaveLength(1);
  });
});

it('does not pass over a folder that it cannot read', async () => {
  if (process.getuid?.() === 0) return; // who may read everything
  const within = mkdtempSync(join(folder, 'closed-'));
  mkdirSync(join(within, 'a'), { mode: 0o000 });
  writeFileSync(join(within, 'b.csv'), 'id\n1\n');
  const listing = fileSource({ allowed: [within] }).list({ kind: 'file', name: 'trips', path: '**/*.csv' }, null, at);
  expect(await listing.catch(errorCode)).toBe('SOURCE_UNREADABLE');
});
