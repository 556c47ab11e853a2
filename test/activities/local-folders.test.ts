import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openWorkDirectory, sourceDirectories } from '../../activities/local-folders.js';
import { errorCode, readConfiguration } from '../../schemas/index.js';

const environment = { DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/mlops', BLOB_URL: 'file:///blobs' };
const folders = (more: Record<string, string>, work = '/var/work') =>
  sourceDirectories(readConfiguration({ ...environment, ...more }), work);

afterEach(() => void vi.unstubAllEnvs());

describe('the folders that may be read', () => {
  it('are none in production, and ./data in development, unless they are named', () => {
    expect(folders({})).toEqual([]);
    expect(folders({ MLOPS_PROFILE: 'development' })).toEqual([resolve('data')]);
    expect(folders({ MLOPS_SOURCE_DIRECTORIES: '/data/a:/data/b/../c' })).toEqual(['/data/a', '/data/c']);
  });

  it.each(['/data:', ':/data', ':', '/data::/more', '.', './data', 'data', '~/data', '/data: /more', '/data:../more'])(
    'are refused at start, naming the variable, where one of them is empty or relative: "%s"',
    (given) => {
      for (const profile of ['development', 'production']) {
        const reading = () => folders({ MLOPS_SOURCE_DIRECTORIES: given, MLOPS_PROFILE: profile });
        expect(reading).toThrow(/MLOPS_SOURCE_DIRECTORIES: must be absolute folders separated by ":"/);
      }
    },
  );

  it.each(['/var/work', '/var/work/', '/var/work/mlops-parts', '/data:/var/work/x'])(
    'are not below the scratch folder, where the data of all others lies: "%s"',
    (given) => {
      expect(() => folders({ MLOPS_SOURCE_DIRECTORIES: given })).toThrow('MLOPS_WORK_DIRECTORY');
    },
  );
});

describe('the scratch folder', () => {
  it("is this user's own where none is named", async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'mlops-tmp-'));
    vi.stubEnv('TMPDIR', temporary);
    const work = await openWorkDirectory(readConfiguration(environment));
    expect(work.startsWith(temporary)).toBe(true);
    expect(statSync(work).mode & 0o077).toBe(0);
    rmSync(temporary, { recursive: true });
  });

  it('is one clear error where it cannot be made', async () => {
    const given = readConfiguration({ ...environment, MLOPS_WORK_DIRECTORY: '/dev/null/work' });
    expect(await openWorkDirectory(given).catch(errorCode)).toBe('CONFIGURATION_INVALID');
  });
});
