import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openBlobStore } from '../../../activities/stores/open-blob-store.js';
import { makeFolder, openName } from '../../../server/log/segment-file.js';
import { LogKeeper } from '../../../server/supervisor/log-keeper.js';
import type { ServingChild } from '../../../server/supervisor/pool/serving-child.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-keeper-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (log: string, environment: string) =>
  writeFileSync(
    join(makeFolder(join(folder, log)), openName({ environment, writer: 'w', sequence: 0, lost: 0 })),
    '{}\n',
  );

it.each<[string, string[], string[]]>([
  ['its open segment', ['production'], ['production~w~00000000.7.jsonl']],
  ['a segment of its own where it left none open', [], ['production~w-lost~00000000.7.jsonl']],
])('tells what predictions a killed process lost with %s, never with outcomes', (_, left, kept) => {
  const keeper = new LogKeeper({
    predictionsFolder: join(folder, 'predictions'),
    outcomesFolder: join(folder, 'outcomes'),
    quotaBytes: 1e9,
    blobs: openBlobStore(pathToFileURL(join(folder, 'blobs')).href),
    predictions: () => Promise.reject(new Error('not asked for')),
    writers: () => new Set(['w']),
    onState: () => {},
  });
  open('outcomes', 'outcomes');
  for (const environment of left) open('predictions', environment);
  const liveness = { ticks: 1, runningSlot: 0, lastSlot: 0, appended: 12, committed: 5 };
  keeper.recover({ options: { writer: 'w', environment: 'production' }, liveness } as ServingChild);
  expect(keeper.lostByKills).toBe(7);
  expect(readdirSync(join(folder, 'predictions'))).toEqual(kept);
  expect(readdirSync(join(folder, 'outcomes'))).toEqual(['outcomes~w~00000000.0.jsonl']);
});
