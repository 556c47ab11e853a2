#!/usr/bin/env node
import { build } from './setup/build.mjs';
/**
 * From a bare clone to any verb: `node scripts/setup.mjs <verb> [args…]`. Needs nothing but Node, because it is what
 * installs everything else. What is already done is recognised by a hash and not done again.
 */
import { check } from './setup/check.mjs';
import { install } from './setup/install.mjs';
import { withLock } from './setup/lock.mjs';
import { runNode } from './setup/run.mjs';
import { test } from './setup/test.mjs';

const installed = () => withLock(install);
const built = () =>
  withLock(async () => {
    await install();
    await build();
  });

const cli = (verb) => async (args) => {
  await built();
  return runNode('dist/scripts/temporal-mlops.js', [verb, ...args]);
};

const verbs = {
  build: async () => void (await built()),
  check: async () => {
    await installed();
    return check();
  },
  test: async (names) => {
    await (names[0] === 'unit' ? installed() : built());
    const [project] = names;
    if (project === 'unit' || project === 'integration') return test([project], names.slice(1));
    return test(['unit', 'integration'], names);
  },
  'test:chaos': async (names) => {
    await built();
    return test(['chaos'], names);
  },
  'test:interop': async (lanes) => {
    await built();
    return test(
      ['interop'],
      lanes.map((lane) => `test/interop/${lane}.test.ts`),
    );
  },
  quickstart: cli('quickstart'),
  dev: cli('dev'),
  bench: cli('bench'),
  'record-history': async () => {
    await built();
    return runNode('dist/scripts/record-history.js');
  },
};

const [verb, ...args] = process.argv.slice(2);
if (!Object.hasOwn(verbs, verb ?? '')) {
  console.error(`usage: node scripts/setup.mjs ${Object.keys(verbs).join('|')} [args…]`);
  process.exit(2);
}
try {
  process.exitCode = (await verbs[verb](args)) ?? 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
