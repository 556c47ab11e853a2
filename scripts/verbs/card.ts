import { cardOf, cardPath } from '../../activities/package/package-card.js';
import { failure, unescapeMarkdown } from '../../schemas/index.js';
import { argument, modelAndVersion } from '../cli/arguments.js';
import { withStores } from '../cli/connect.js';
import { nothingOf } from '../cli/known-model.js';
import { print } from '../cli/print.js';
import type { Verb } from '../cli/verb.js';
import { pageOptions, writePage } from '../cli/write-page.js';

const usage = 'card <model>[@<version>] [--open]';

export const verb: Verb = {
  name: 'card',
  summary: 'print the model card of a version, the newest without one; or write it to a file',
  usage,
  options: pageOptions,
  run(call) {
    const { model, version } = modelAndVersion(argument(call, usage));
    return withStores(async ({ registry, lookups, blobs }) => {
      const found = await registry.modelVersion(model, version);
      if (found === null)
        throw await nothingOf(lookups, model, version === undefined ? 'no version' : `no version ${version}`);
      const card = cardOf(found.files);
      if (card === undefined) throw failure('NOT_FOUND', `${model}@${found.version} has no ${cardPath}.`);
      const bytes = await blobs.get(card.digest);
      const isWritten = call.values['open'] === true || call.values['out'] !== undefined;
      const page = isWritten ? writePage(call, `${model}-${found.version}.md`, bytes) : null;
      const about = { model, version: found.version, digest: card.digest, ...page };
      if (call.json) print(JSON.stringify({ ...about, card: Buffer.from(bytes).toString() }));
      else print(page?.path ?? unescapeMarkdown(Buffer.from(bytes).toString().trimEnd()));
      return 0;
    });
  },
};
