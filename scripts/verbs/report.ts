import { Instant } from '../../schemas/index.js';
import { misused, text } from '../cli/arguments.js';
import { withStores } from '../cli/connect.js';
import { nothingOf } from '../cli/known-model.js';
import { print } from '../cli/print.js';
import { Misunderstood, type Verb, type VerbCall } from '../cli/verb.js';
import { pageOptions, servedPages, writePage } from '../cli/write-page.js';

const usage = 'report <model> [<day>] [--environment production] [--open]';

export const verb: Verb = {
  name: 'report',
  summary: "write a model's monitor report to a file: the newest one, or that of a day",
  usage,
  options: { environment: { type: 'string', value: '<name>', words: 'where it serves; else any' }, ...pageOptions },
  run(call) {
    const { model, day } = asked(call);
    return withStores(async ({ lookups, blobs }) => {
      const found = await lookups.report(model, { environment: text(call, 'environment'), day });
      if (found === null)
        throw await nothingOf(
          lookups,
          model,
          `no report${day === undefined ? ' yet: a day is judged when a prediction of a later day is in the log, from 1,000 predictions on' : ` of ${day}`}`,
        );
      const name = `${model}-${found.environment}-${found.from.slice(0, 10)}.html`;
      const page = writePage(call, name, await blobs.get(found.htmlDigest));
      const link = servedPages()?.report(model, found.environment, found) ?? null;
      const about = `${model} in ${found.environment}, ${found.from.slice(0, 10)}: ${found.verdict}`;
      const lines = [about, page.path, ...(link === null ? [] : [link])];
      print(call.json ? JSON.stringify({ model, ...found, ...page, link }) : lines.join('\n'));
      return 0;
    });
  },
};

function asked({ positionals }: VerbCall): { model: string; day: string | undefined } {
  const [model, day, ...more] = positionals;
  if (model === undefined || more.length > 0) throw misused(usage);
  if (day !== undefined && !Instant.safeParse(day).success)
    throw new Misunderstood(`A day is like 2026-01-31. Given: "${day}".`);
  return { model, day };
}
