import { migrateAsOwner } from '../../activities/stores/postgres/migrate.js';
import { readConfiguration } from '../../schemas/index.js';
import { print } from '../cli/print.js';
import type { Verb } from '../cli/verb.js';

export const verb: Verb = {
  name: 'migrate',
  summary: "bring the ledger's database to the schema that this version needs, as its owner; again is harmless",
  usage: 'migrate   (as the login in MLOPS_MIGRATION_URL; without it, in DATABASE_URL)',
  async run({ json }) {
    const result = await migrateAsOwner(readConfiguration(process.env));
    if (json) print(JSON.stringify(result));
    else {
      print(result.applied.length > 0 ? `applied: ${result.applied.join(', ')}` : 'up to date');
      if (result.advice !== null) print(result.advice);
    }
    return 0;
  },
};
