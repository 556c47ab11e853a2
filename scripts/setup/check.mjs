import { lockfile, lockfileFaults } from './lockfile.mjs';
import { run, say } from './run.mjs';

const checks = [
  ['types', 'typescript/bin/tsc', '-p', '.'],
  ['lint and import walls', 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '.'],
  ['format and import order', '@biomejs/biome/bin/biome', 'check', '.'],
  ['dead code and dependencies', 'knip/bin/knip.js'],
];

/** Everything that is found without running the code, cheapest first; the first that fails ends it. */
export async function check() {
  say('package-lock.json: a digest for every package, of every platform');
  const faults = lockfileFaults(lockfile());
  for (const fault of faults) say(fault);
  if (faults.length > 0) return failed('package-lock.json');
  for (const [title, program, ...args] of checks) {
    say(`${title}: ${program.split('/').at(-1)} ${args.join(' ')}`);
    const { code } = await run(process.execPath, [`node_modules/${program}`, ...args]);
    if (code !== 0) return failed(title, code);
  }
  say('check passed');
  return 0;
}

function failed(title, code = 1) {
  say(`check failed: ${title}`);
  return code;
}
