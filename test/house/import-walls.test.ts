import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Every wall of `docs/architecture.md`: a file that breaks it, and the import that does. */
const violations = [
  ['schemas/model.ts', '../statistics/drift.js'],
  ['schemas/model.ts', '../activities/train.js'],
  ['schemas/model.ts', '../index.js'],
  ['schemas/model.ts', 'node:crypto'],
  ['schemas/model.ts', 'crypto'],
  ['schemas/model.ts', '@temporalio/workflow'],
  ['schemas/model.ts', 'pg'],
  ['statistics/drift.ts', '../workflows/train.js'],
  ['statistics/drift.ts', '../activities/train.js'],
  ['statistics/drift.ts', '../client.js'],
  ['statistics/drift.ts', 'node:fs'],
  ['statistics/drift.ts', '@temporalio/common'],
  ['workflows/train.ts', '../activities/train.js'],
  ['workflows/train.ts', '../server/routes.js'],
  ['workflows/train.ts', '../workers/worker.js'],
  ['workflows/train.ts', '../scripts/dev.js'],
  ['workflows/train.ts', '../index.js'],
  ['workflows/train.ts', 'node:timers/promises'],
  ['workflows/train.ts', 'fs/promises'],
  ['workflows/train.ts', '@temporalio/client'],
  ['workflows/train.ts', '@temporalio/worker'],
  ['workflows/train.ts', '@temporalio/activity'],
  ['workflows/train.ts', '@temporalio/testing'],
  ['workflows/train.ts', 'pg'],
  ['workflows/train.ts', '@aws-sdk/client-s3'],
  ['workflows/train.ts', '@duckdb/node-api'],
  ['workflows/train.ts', 'onnxruntime-node'],
  ['activities/trainers/tree.ts', '../../workflows/train.js'],
  ['activities/trainers/tree.ts', '../../server/routes.js'],
  ['activities/train.ts', '../workers/worker.js'],
  ['activities/train.ts', '../scripts/dev.js'],
  ['activities/train.ts', '../client.js'],
  ['activities/package/parity.ts', 'onnxruntime-node'],
  ['activities/processes/child-process.ts', 'onnxruntime-node'],
  ['activities/train/code-digest.ts', 'node:child_process'],
  ['activities/onnx/onnx-model.ts', 'child_process'],
  ['activities/onnx/onnx-model.ts', '../../server/routes.js'],
  ['server/routes.ts', '../workflows/train.js'],
  ['server/routes.ts', '../workers/worker.js'],
  ['server/routes.ts', '../scripts/dev.js'],
  ['server/routes.ts', '../index.js'],
  ['server/model/loaded-model.ts', 'onnxruntime-node'],
  ['server/model/loaded-model.ts', 'node:child_process'],
  ['server/serving/inference.ts', 'node:child_process'],
  ['server/api/routes.ts', 'node:child_process'],
  ['server/serving/inference.ts', 'onnxruntime-node'],
  ['server/api/routes.ts', 'onnxruntime-node'],
  ['server/supervisor/supervisor.ts', 'onnxruntime-node'],
  ['server/api/routes.ts', '../serving/endpoints.js'],
  ['server/api/routes.ts', '../supervisor/supervisor.js'],
  ['server/serving/inference.ts', '../api/public-api.js'],
  ['server/serving/inference.ts', '../supervisor/supervisor.js'],
  ['server/supervisor/pool/child.ts', '../../serving/endpoints.js'],
  ['server/supervisor/supervisor.ts', '../api/public-api.js'],
  ['server/supervisor/supervisor.ts', '../../workflows/train.js'],
  ['workflows/lifecycle/gate.ts', '@temporalio/workflow'],
  ['workflows/lifecycle/gate.ts', './reconcile/loops.js'],
  ['workflows/lifecycle/gate.ts', '../../server/routes.js'],
  ['workflows/lifecycle/handed-on/load.ts', '@temporalio/workflow'],
  ['workflows/lifecycle/handed-on/load.ts', '../reconcile/loops.js'],
  ['activities/train.ts', './sources/file.js'],
  ['activities/label/roles.ts', '../labelers/rule.js'],
  ['activities/deploy.ts', './targets/model-server.js'],
  ['activities/package.ts', './stores/postgres/registry.js'],
  ['activities/package.ts', './stores/open-blob-store.js'],
  ['activities/onnx/session.ts', '../stores/s3/s3-client.js'],
  ['activities/sources/s3.ts', '../targets/target.js'],
  ['activities/sources/s3.ts', '../labelers/labeler.js'],
  ['activities/sources/s3.ts', '../stores/s3/s3-client.js'],
  ['activities/sources/s3.ts', '../collect.js'],
  ['activities/sources/s3.ts', '../collect/fetch-sources.js'],
  ['activities/sources/s3.ts', '../ports.js'],
  ['activities/stores/postgres/facts.ts', '../../sources/source.js'],
  ['activities/train.ts', 'pg'],
  ['activities/collect.ts', '@aws-sdk/client-s3'],
  ['activities/collect.ts', '@duckdb/node-api'],
  ['activities/sql/job.ts', 'pg'],
  ['activities/package.ts', 'onnxruntime-node'],
  ['activities/package.ts', 'node:child_process'],
  ['activities/package.ts', 'fastify'],
  ['server/model/loaded.ts', 'onnxruntime-node'],
  ['server/serving/log.ts', 'pg'],
  ['server/api/routes.ts', '@duckdb/node-api'],
  ['server/serving/inference.ts', 'node:child_process'],
  ['server/supervisor/supervisor.ts', '@aws-sdk/client-s3'],
  ['server/log/ship.ts', '../../activities/stores/postgres/registry.js'],
  ['server/supervisor/memory-target.ts', '../../activities/stores/memory/memory-blob-store.js'],
  ['workers/worker.ts', '../test/servers.js'],
  ['scripts/servers/server-process.ts', '../../test/servers.js'],
  ['activities/train.ts', '../test/servers.js'],
  ['activities/train.ts', '../testing.js'],
  ['testing.ts', './test/servers.js'],
  ['index.ts', './test/servers.js'],
  ['index.ts', './workers/worker.js'],
  ['client.ts', './scripts/dev.js'],
] as const;

/** Imports that look alike and are allowed. */
const allowed = [
  ['schemas/model.ts', 'zod'],
  ['schemas/model.ts', '@temporalio/common'],
  ['statistics/drift.ts', '../schemas/model.js'],
  ['workflows/train.ts', '../schemas/index.js'],
  ['workflows/train.ts', '../statistics/drift.js'],
  ['workflows/train.ts', '@temporalio/workflow'],
  ['activities/trainers/tree.ts', '../../schemas/index.js'],
  ['activities/onnx/onnx-model.ts', 'onnxruntime-node'],
  ['activities/stores/postgres/facts.ts', 'pg'],
  ['activities/stores/s3/client.ts', '@aws-sdk/client-s3'],
  ['activities/sql/database.ts', '@duckdb/node-api'],
  ['activities/processes/child.ts', 'node:child_process'],
  ['activities/adapters.ts', './sources/file.js'],
  ['activities/open-ports.ts', './stores/postgres/open-stores.js'],
  ['activities/collect/fetch.ts', '../sources/source.js'],
  ['activities/deploy.ts', './targets/target.js'],
  ['activities/package.ts', './stores/blob-store.js'],
  ['activities/sources/s3.ts', './source.js'],
  ['activities/sources/s3.ts', '../adapter.js'],
  ['activities/sources/s3.ts', '../stores/blob-store.js'],
  ['activities/labelers/model.ts', '../sql/sql-process.js'],
  ['server/supervisor/pool/child.ts', 'node:child_process'],
  ['server/api/routes.ts', 'fastify'],
  ['server/routes.ts', '../activities/stores/ledger.js'],
  ['server/api/routes.ts', '../model/serving-version.js'],
  ['server/serving/inference.ts', '../processes/liveness.js'],
  ['server/supervisor/pool/child.ts', '../../processes/process-messages.js'],
  ['server/serving-process.ts', './serving/endpoints.js'],
  ['workflows/lifecycle/gate.ts', './state.js'],
  ['workflows/lifecycle/reconcile/loops.ts', '@temporalio/workflow'],
  ['workers/worker.ts', '../index.js'],
  ['testing.ts', './scripts/servers/postgres-server.js'],
  ['scripts/dev.ts', '../workflows/index.js'],
  ['test/workflows/model.test.ts', '../../index.js'],
] as const;

const tree = realpathSync(mkdtempSync(join(tmpdir(), 'mlops-walls-')));
let refused: Set<string>;
let cyclic: Set<string>;

beforeAll(() => {
  copyFileSync('.oxlintrc.json', join(tree, '.oxlintrc.json'));
  const sources = [...violations, ...allowed].map(([file, specifier], index) => {
    return write(file, index, `import { thing } from '${specifier}';\nconsole.log(thing);\n`);
  });
  write(
    'workflows/typed.ts',
    sources.length,
    `import type { Thing } from '../activities/train.js';\nexport type A = Thing;\n`,
  );
  write('statistics/drift/chicken.ts', 0, cycled('Chicken', 'Egg', './egg-0.js'));
  write('statistics/drift/egg.ts', 0, cycled('Egg', 'Chicken', './chicken-0.js'));
  const found = lint();
  refused = new Set(found.flatMap(({ file, rule }) => (rule === 'no-restricted-imports' ? [file] : [])));
  cyclic = new Set(found.flatMap(({ file, rule }) => (rule === 'no-cycle' ? [file] : [])));
});
afterAll(() => rmSync(tree, { recursive: true }));

describe('import walls', () => {
  it.each(violations.map((pair, index) => [...pair, index] as const))(
    '%s may not import %s',
    (file, _specifier, index) => {
      expect(refused).toContain(numbered(file, index));
    },
  );

  it.each(allowed.map((pair, index) => [...pair, violations.length + index] as const))(
    '%s may import %s',
    (file, _specifier, index) => {
      expect(refused).not.toContain(numbered(file, index));
    },
  );

  it('workflows may import activities as types', () => {
    expect(refused).not.toContain(numbered('workflows/typed.ts', violations.length + allowed.length));
  });
});

describe('two files that know each other', () => {
  it('are refused, also when they know only types', () => {
    expect([...cyclic].toSorted()).toEqual(['statistics/drift/chicken-0.ts', 'statistics/drift/egg-0.ts']);
  });
});

const cycled = (own: string, other: string, specifier: string) =>
  `import type { ${other} } from '${specifier}';\nexport interface ${own} {\n  readonly other: ${other} | null;\n}\n`;

function write(file: string, index: number, source: string): void {
  const path = join(tree, numbered(file, index));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
}

/** A file name of its own for every case; the entry points and rooms are known by their folders, so those stay. */
function numbered(file: string, index: number): string {
  const isEntryPoint = !file.includes('/');
  return isEntryPoint ? join(`case-${index}`, file) : file.replace(/(\.test)?\.ts$/, `-${index}$1.ts`);
}

/** What the linter refuses, by the very configuration of this tree. */
function lint(): { file: string; rule: string }[] {
  const args = ['node_modules/oxlint/bin/oxlint', '--config', join(tree, '.oxlintrc.json'), '--format', 'unix', tree];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const rule = /no-restricted-imports|no-cycle/.exec(line)?.[0];
    const file = line
      .split(':')[0]
      ?.split(`${tree.slice(1)}/`)
      .at(-1);
    return rule === undefined || file === undefined ? [] : [{ file, rule }];
  });
}
