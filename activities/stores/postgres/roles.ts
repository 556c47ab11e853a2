export const defaultSchema = 'mlops';

/** Workers append whatever there is to append; the model server its predictions and outcomes, and nothing else. */
export type LedgerRole = 'writer' | 'server';

/** Roles belong to the whole cluster: each tenant's schema has its own. */
export const rolesOf = (schema: string): Record<LedgerRole, string> => ({
  writer: `${schema}_writer`,
  server: `${schema}_server`,
});

/** What `set role` asks for: since PostgreSQL 16 a member needs the SET option, which creating a role does not give. */
export const setPrivilege = `case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;

/** The only ways into the ledger: functions that run as its owner. */
export const doorsOf: Record<LedgerRole, readonly string[]> = {
  writer: [
    'append_fact(jsonb)',
    'append_facts(jsonb)',
    'append_segment(jsonb, date[], json)',
    'append_outcomes(jsonb, json)',
    'record_fleet(jsonb)',
  ],
  server: ['append_segment(jsonb, date[], json)', 'append_outcomes(jsonb, json)'],
};
