import { run, say } from './run.mjs';

const checks = [
  ['types', 'typescript/bin/tsc', '-p', '.'],
  ['lint and import walls', 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '.'],
  ['format and import order', '@biomejs/biome/bin/biome', 'check', '.'],
  ['dead code and dependencies', 'knip/bin/knip.js'],
];

/** Everything that is found without running the code, cheapest first; the first that fails ends it. */
export async function check() {
  for (const [title, program, ...args] of checks) {
    say(`${title}: ${program.split('/').at(-1)} ${args.join(' ')}`);
    const { code } = await run(process.execPath, [`node_modules/${program}`, ...args]);
    if (code !== 0) {
      say(`check failed: ${title}`);
      return code;
    }
  }
  say('check passed');
  return 0;
}
