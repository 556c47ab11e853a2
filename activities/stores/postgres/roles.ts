export const defaultSchema = 'mlops';

/** Workers append whatever there is to append; the model server its predictions and outcomes, and nothing else. */
export type LedgerRole = 'writer' | 'server';

/** Roles belong to the whole cluster: each tenant's schema has its own. */
export const rolesOf = (schema: string): Record<LedgerRole, string> => ({
  writer: `${schema}_writer`,
  server: `${schema}_server`,
});

/** Postgres' own roles by which somebody may write where he owns nothing. */
export const writingRoles: readonly string[] = [
  'pg_write_all_data',
  'pg_write_server_files',
  'pg_execute_server_program',
];

/** What `set role` asks for: since PostgreSQL 16 a member needs the SET option, which creating a role does not give. */
export const setPrivilege = `case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;

/** The only ways into the ledger: functions that run as its owner. */
export const doorsOf: Record<LedgerRole, readonly string[]> = {
  writer: [
    'append_fact(jsonb)',
    'append_facts(jsonb)',
    'append_segment(jsonb, json)',
    'append_outcomes(jsonb, json)',
    'record_fleet(jsonb)',
  ],
  server: ['append_segment(jsonb, json)', 'append_outcomes(jsonb, json)'],
};

/** What views and look-ups call, with the rights of who reads them: everybody may. */
export const readingFunctions: readonly string[] = [
  'time_of_id(uuid)',
  'uuid_of(text)',
  'retired_before()',
  'prediction_id(prediction)',
  'first_answer(uuid, text)',
  'predictions_named(outcome)',
  'outcomes_of(prediction)',
  'prediction_line(prediction)',
  'prediction_index_digest(bytea)',
];

/** What the model server looks into: where the chain ends, and what an outcome names. */
export const serverReads: readonly string[] = [
  'chain_head',
  'prediction',
  'prediction_request',
  'first_request',
  'outcome',
];
