import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

/** Runs vitest projects, once and without retries; the last line is the sum that people and programs look for. */
export async function test(projects, names) {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-report-'));
  const report = join(folder, 'vitest.json');
  const options = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', ...projects.map((project) => `--project=${project}`), ...options, ...names];
  const { code } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args]);
  const { passed, failed, skipped } = existsSync(report) ? sum(JSON.parse(readFileSync(report, 'utf8'))) : nothing;
  rmSync(folder, { recursive: true });
  const brokenRun = code !== 0 && failed === 0;
  if (brokenRun) console.log(`No test failed, but the run itself did (exit code ${code}): it counts as one failure.`);
  console.log(`${passed} passed, ${brokenRun ? 1 : failed} failed, ${skipped} skipped`);
  return failed > 0 ? code || 1 : code;
}

const nothing = { passed: 0, failed: 0, skipped: 0 };

/** A file that could not even be loaded has no tests to fail: it counts as one. */
function sum({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}
