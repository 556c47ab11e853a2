import { z } from 'zod';
import { childMain } from '../../activities/processes/child-main.js';
import { failure, ModelName, ServedVersion } from '../../schemas/index.js';
import { bodyLimitBytes } from '../http/bytes-in-flight.js';
import { type CheckedGolden, compareGolden, loadPackage } from './load-package.js';
import type { LoadedModel } from './loaded-model.js';
import { ModelCache } from './model-cache.js';
import { rowLimit } from './request-rows.js';

const Job = z.strictObject({ cacheFolder: z.string(), model: ModelName, version: ServedVersion, hangMs: z.number() });

/** A throw-away process that loads a package before a serving process does: here a hostile model may hang or crash. */
await childMain(async (input) => {
  const { cacheFolder, model, version, hangMs } = Job.parse(input);
  const cache = new ModelCache(cacheFolder);
  const { loaded, golden } = await loadPackage(version, model, (digest) =>
    cache.readThrough(digest, () => {
      throw failure('BLOB_CORRUPT', `${digest} changed on local disk while it was loaded.`, { digest });
    }),
  );
  await answersLargest(loaded, golden, hangMs);
  return { ok: true };
});

/** A value takes two bytes of a body at the least. */
function largestRows(columns: number): number {
  return Math.min(rowLimit, Math.ceil(bodyLimitBytes / (2 * columns)));
}

/**
 * The largest request that is taken must leave the process alive, and each of its rows must be answered as it is alone.
 * Processor time is measured, not the clock: a machine that is busy with something else refuses no model.
 */
async function answersLargest(loaded: LoadedModel, golden: CheckedGolden, hangMs: number): Promise<void> {
  const rows = golden.expected.length;
  const times = Math.ceil(largestRows(golden.columns.length) / rows);
  const repeated = <T>(values: readonly T[]) => Array.from({ length: times }, () => values).flat();
  const began = process.cpuUsage();
  const outputs = await loaded.score(golden.columns.map(repeated), rows * times);
  const { user, system } = process.cpuUsage(began);
  compareGolden(outputs, { ...golden, expected: repeated(golden.expected) });
  const tookMs = Math.round((user + system) / 1000);
  if (tookMs < hangMs) return;
  const message = `${rows * times} rows, the largest request, take ${tookMs} ms of processor time; a process that stands still for ${hangMs} ms is replaced.`;
  throw failure('DEPLOYMENT_CHECK_FAILED', message, { tookMs, hangMs });
}
