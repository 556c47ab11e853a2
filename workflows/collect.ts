import type { CollectInput, CollectResult } from '../schemas/collect.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showProgress, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { pinned } from './temporal/versioning.js';

/** Sources → one immutable dataset version. */
export function collectData(raw: CollectInput): Promise<CollectResult> {
  return tellingOwner(() => collect(raw));
}

async function collect(raw: unknown): Promise<CollectResult> {
  const input = inputOf('collectData', raw);
  showStage('collect', {});
  showProgress(`Collecting **${input.dataset}** from ${input.sources.map((s) => s.name).join(', ')}`);
  const summary = `collect ${input.dataset} from ${input.sources.length} source(s)`;
  const result = await run('collectDataset', input, summary);
  show(
    `**${input.dataset}** version ${result.dataset.version}: ${result.rows} rows, ${result.validation.rowsQuarantined} set aside`,
    `digest \`${result.dataset.digest}\``,
  );
  return result;
}

pinned(collectData);
