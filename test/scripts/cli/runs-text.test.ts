import { describe, expect, it } from 'vitest';
import type { RunLine } from '../../../activities/stores/lookups.js';
import { comparedText, listedText } from '../../../scripts/cli/runs-text.js';

const run = (runId: string, more: Partial<RunLine> = {}): RunLine => ({
  runId,
  trainer: 'gbt',
  status: 'finished',
  startedAt: '2026-01-31T10:20:30.000Z',
  parameters: { depth: 4, rate: 0.1 },
  seed: 1,
  dataset: { name: 'trips-labelled', version: 1 },
  validation: { logLoss: 0.4 },
  test: { logLoss: 0.412345678, rocAuc: 0.9 },
  reason: null,
  versions: [],
  ...more,
});
const failed = run('m-3', { status: 'failed', reason: 'a tree needs rows', validation: {}, test: {} });

describe('runs', () => {
  it('are a table of what they measured and what they were made with', () => {
    expect(listedText([run('m-1', { versions: [2] }), failed]).split('\n')).toEqual([
      'RUN  VERSION  STARTED           TRAINER       TEST logLoss  TEST rocAuc  PARAMETERS',
      'm-1  @2       2026-01-31 10:20  gbt           0.41235       0.9          depth=4 rate=0.1',
      'm-3  –        2026-01-31 10:20  gbt (failed)  –             –            a tree needs rows',
    ]);
  });

  it('side by side say where they differ', () => {
    const other = run('m-2', { parameters: { depth: 6, rate: 0.1 }, test: { logLoss: 0.4, rocAuc: 0.9 } });
    const lines = comparedText([run('m-1'), other]).split('\n');
    expect(lines.filter((line) => line.endsWith('≠')).map((line) => line.split(/ {2,}/))).toEqual([
      ['parameter depth', '4', '6', '≠'],
      ['test logLoss', '0.41235', '0.4', '≠'],
    ]);
    expect(lines.find((line) => line.startsWith('dataset'))).toMatch(/trips-labelled@1 +trips-labelled@1$/);
  });
});
