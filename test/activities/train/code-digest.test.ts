import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeDigestOf, moduleDigest, ownEngines } from '../../../activities/train/code-digest.js';
import { importClosure } from '../../../activities/train/import-closure.js';

const rooms = ['schemas', 'statistics', 'activities', 'server'];
let root: string;

/** The tree as it is, a source standing for its compiled file. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mlops-code-'));
  for (const room of rooms)
    for (const name of readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')))
      write(join(room, name.replace(/\.ts$/, '.js')), readFileSync(join(room, name), 'utf8'));
});
afterAll(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function movesWith(file: string): Promise<boolean> {
  const before = await codeDigestOf(root);
  const text = readFileSync(join(root, file), 'utf8');
  write(file, `${text}\nexport const draw = 2;\n`);
  const isMoved = (await codeDigestOf(root)) !== before;
  write(file, text);
  return isMoved;
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
    'activities/sql/jobs/matrix.js',
    'activities/sql/ingest.js',
    'activities/sql/version/raw-rows.js',
    'activities/sql/sql-quote.js',
    'activities/files/hashing.js',
    'schemas/train.js',
    'schemas/canonical-json.js',
  ])('moves with %s', async (file) => {
    expect(await movesWith(file)).toBe(true);
  });

  it.each([
    'server/open-model-server.js',
    'activities/collect.js',
    'activities/reports/html.js',
    'activities/sources/glob.js',
    'activities/stores/postgres/facts.js',
  ])('does not move with %s', async (file) => {
    expect(await movesWith(file)).toBe(false);
  });

  it('moves with everything that a trial imports, wherever it lies', async () => {
    const entries = ['activities/sql/jobs/matrix.js', 'activities/train/trial-child.js'];
    const closure = await importClosure(
      entries.map((entry) => join(root, entry)),
      (file) => !/activities\/(sources|labelers)\//.test(file),
    );
    expect(closure.length).toBeGreaterThan(60);
    const before = await codeDigestOf(root);
    for (const file of closure) {
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, `${text}\nexport const draw = 2;\n`);
      expect([file, (await codeDigestOf(root)) !== before]).toEqual([file, true]);
      writeFileSync(file, text);
    }
  });

  it.each(['v8', 'onnxruntime', 'duckdb'] as const)('moves with the engine %s', async (engine) => {
    const before = await codeDigestOf(root);
    expect(await codeDigestOf(root, { ...ownEngines(), [engine]: '99.1' })).not.toBe(before);
  });

  it('keeps still where only faults of V8 were mended', () => {
    expect(ownEngines().v8).toBe(process.versions.v8.split('.').slice(0, 2).join('.'));
  });

  it('moves with what a module of a team imports', async () => {
    const module = write('team/trainer.js', "import { share } from './lib/share.js';\nexport const trainer = share;\n");
    write('team/lib/share.js', 'export const share = 1;\n');
    const before = await moduleDigest(module);
    write('team/lib/share.js', 'export const share = 2;\n');
    expect(await moduleDigest(module)).not.toBe(before);
  });
});
