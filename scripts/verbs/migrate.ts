import { migrateAsOwner } from '../../activities/stores/postgres/migrate.js';
import { readConfiguration } from '../../schemas/index.js';
import type { Verb } from '../cli/verb.js';

export const verb: Verb = {
  name: 'migrate',
  summary: "bring the ledger's database to the schema that this version needs, as its owner; again is harmless",
  usage: 'migrate   (as the login in MLOPS_MIGRATION_URL; without it, in DATABASE_URL)',
  async run({ json }) {
    const result = await migrateAsOwner(readConfiguration(process.env));
    if (json) console.log(JSON.stringify(result));
    else {
      console.log(result.applied.length > 0 ? `applied: ${result.applied.join(', ')}` : 'up to date');
      if (result.advice !== null) console.log(result.advice);
    }
    return 0;
  },
};
