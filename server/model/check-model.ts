import { z } from 'zod';
import { childMain } from '../../activities/processes/child-main.js';
import { failure, ModelName, ServedVersion } from '../../schemas/index.js';
import { loadPackage } from './load-package.js';
import { ModelCache } from './model-cache.js';

const Job = z.strictObject({ cacheFolder: z.string(), model: ModelName, version: ServedVersion });

/** A throw-away process that loads a package before a serving process does: here a hostile model may hang or crash. */
await childMain(async (input) => {
  const { cacheFolder, model, version } = Job.parse(input);
  const cache = new ModelCache(cacheFolder);
  await loadPackage(version, model, (digest) =>
    cache.readThrough(digest, () => {
      throw failure('BLOB_CORRUPT', `${digest} changed on local disk while it was loaded.`, { digest });
    }),
  );
  return { ok: true };
});
