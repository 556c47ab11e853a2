import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
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
    source: fileSource([within]),
    written: { kind: 'file', name: 'trips', path: '*.csv' },
    nothing: { kind: 'file', name: 'trips', path: 'none-*.csv' },
    change: async () => writeFileSync(april, 'id\n1\n3\n'),
    remove: async () => rmSync(april),
  };
});

it('fetches no partition outside its folders, whoever says that it was listed', async () => {
  const { within } = twoFiles();
  const outside = join(folder, 'outside.csv');
  writeFileSync(outside, 'id\n1\n');
  symlinkSync(outside, join(within, 'link.csv'));
  const source = fileSource([within]);
  const options = { kind: 'file', name: 'trips', path: '*.csv' } as const;
  const at = { directory: folder, signal: new AbortController().signal, secret: async () => '', say: () => {} };
  for (const key of [outside, join(within, 'link.csv'), join(within, '..', 'outside.csv')]) {
    expect(await source.fetch(options, { key, stamp: '' }, at).catch(errorCode)).toBe('SOURCE_NOT_ALLOWED');
  }
});
