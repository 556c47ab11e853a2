import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeDigestOf } from '../../../activities/train/code-digest.js';

const rooms = ['statistics', 'activities', 'server'];
let root: string;

/** The tree as it is, a source standing for its compiled file. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mlops-code-'));
  for (const room of rooms) cpSync(room, join(root, room), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

async function movesWith(file: string): Promise<boolean> {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'export const draw = 1;\n');
  const before = await codeDigestOf(root);
  writeFileSync(path, 'export const draw = 2;\n');
  return (await codeDigestOf(root)) !== before;
}

describe('the digest of the code that decides a model', () => {
  it.each([
    'statistics/random.js',
    'statistics/learners/gbt-split.js',
    'statistics/metrics/binary.js',
    'statistics/search/random.js',
    'activities/train/trial-child.js',
    'activities/trainers/trainer-registry.js',
    'activities/onnx/model-graph.js',
    'activities/sql/matrix/splits.js',
  ])('moves with %s', async (file) => {
    expect(await movesWith(file)).toBe(true);
  });

  it.each(['server/open-model-server.js', 'activities/collect.js', 'activities/reports/html.js'])(
    'does not move with %s',
    async (file) => {
      expect(await movesWith(file)).toBe(false);
    },
  );
});
