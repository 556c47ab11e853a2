import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkUnchanged, resolveFileSource } from '../../../activities/sources/file.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-file-source-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('says SOURCE_CHANGED when a file is no longer the one that was listed', async () => {
  const file = join(folder, 'trips.csv');
  writeFileSync(file, 'id\n1\n');
  const source = await resolveFileSource({ kind: 'file', name: 'trips', path: 'trips.csv' }, [folder]);
  await expect(checkUnchanged(source)).resolves.toBeUndefined();
  writeFileSync(file, 'id\n1\n2\n');
  await expect(checkUnchanged(source)).rejects.toMatchObject({ type: 'SOURCE_CHANGED', nonRetryable: true });
});
