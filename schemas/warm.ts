import { registry } from './registry.js';
import { rolloutSchemas } from './rollout.js';
import { LifecycleStatus } from './lifecycle.js';
import { CommandReply, signalSchemas } from './messages.js';
import { RolloutNews } from './rollout.js';

/*
 * Loaded once per worker, before any workflow, and then frozen and shared by all of them: a cached workflow costs a
 * tenth of the memory. Zod fills in methods at first use, which a frozen schema cannot do; so each schema is used here
 * once on a value that fits and on one that does not.
 */
for (const { schema, example } of Object.values(registry)) {
  schema.safeParse(example);
  for (const wrong of [undefined, 1, 'x', {}, [], { model: 1, dataset: 1, recipe: { collect: 1 } }]) schema.safeParse(wrong);
}
for (const schema of [...Object.values(rolloutSchemas), ...Object.values(signalSchemas), RolloutNews, LifecycleStatus, CommandReply]) {
  for (const wrong of [undefined, 1, {}, { kind: 'granted' }, { kind: 'none' }]) schema.safeParse(wrong);
}
