import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeOwnFolder } from '../../../server/supervisor/own-folder.js';

describe('the folder of a model server', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'own-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const make = (mode: number | null, parentMode = 0o700) => {
    const folder = join(parent, 'model-server');
    if (mode !== null) mkdirSync(folder);
    if (mode !== null) chmodSync(folder, mode);
    chmodSync(parent, parentMode);
    makeOwnFolder(folder);
    return statSync(folder).mode & 0o777;
  };

  it.each([
    ['made anew', null, 0o700],
    ['there already', 0o700, 0o700],
    ['readable by others', 0o755, 0o700],
    ['made where anybody may write and nobody may replace', null, 0o1777],
  ])('is for its owner alone when it is %s', (_, mode, parentMode) => {
    expect(make(mode, parentMode)).toBe(0o700);
  });

  it.each([
    ['others may write to it', 0o777, 0o700, 'model-server may be written by others'],
    ['its group may write to it', 0o770, 0o700, 'model-server may be written by others'],
    ['anybody may replace it', 0o700, 0o777, 'may be written by others (mode 777)'],
  ])('is refused where %s', (_, mode, parentMode, why) => {
    expect(() => make(mode, parentMode)).toThrow(why);
  });

  it.runIf(process.getuid?.() === 0)('is refused where somebody else made it', async () => {
    const { chownSync } = await import('node:fs');
    const folder = join(parent, 'model-server');
    mkdirSync(folder);
    chownSync(folder, 65_534, 65_534);
    expect(() => makeOwnFolder(folder)).toThrow('belongs to another user (uid 65534)');
  });
});
