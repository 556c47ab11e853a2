import { Client, escapeIdentifier } from 'pg';
import { type FactInput, failure } from '../../../schemas/index.js';
import { rowOf } from './facts.js';
import { ledgerFailure } from './ledger-errors.js';
import { defaultSchema } from './roles.js';

export interface Retirement {
  /** the month that it lies in is the first that stays */
  readonly before: Date;
  readonly by: string;
  readonly reason: string;
}

export interface Retired {
  /** UTC ISO */
  readonly before: string;
  /** months of predictions that were dropped now */
  readonly months: string[];
  /** rows that were deleted now: of requests, of outcomes, and of predictions that lay in no month */
  readonly rows: number;
}

/**
 * Gives up what the index holds of predictions and outcomes before a month: a fact first, which everybody reads it by, then
 * the rows. Stopped half-way, it goes on where it is called again. The blobs stay: who deletes them too is asked for them no
 * more. Needs the owner of the schema.
 */
export async function retirePredictions(
  ownerUrl: string,
  { before, ...given }: Retirement,
  schema: string = defaultSchema,
): Promise<Retired> {
  const month = monthOf(before);
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000, lock_timeout: 20_000 });
  try {
    await client.connect();
    await client.query(`set search_path to ${escapeIdentifier(schema)}; set timezone to 'UTC'`);
    await recordRetirement(client, { before: month, ...given });
    return { before: month, months: await dropMonths(client, month), rows: await deleteRows(client, month) };
  } catch (error) {
    throw ledgerFailure(error);
  } finally {
    await client.end().catch(() => {});
  }
}

function monthOf(before: Date): string {
  if (before.getTime() <= Date.now())
    return new Date(Date.UTC(before.getUTCFullYear(), before.getUTCMonth())).toISOString();
  throw failure('InvalidInput', 'What has not been yet cannot be retired: give a day that has passed.', { before });
}

/** What is retired already stays as it was recorded: this only ends what that began. */
async function recordRetirement(client: Client, body: { before: string; by: string; reason: string }): Promise<void> {
  const { rows } = await client.query('select from retirement where before >= $1 limit 1', [body.before]);
  if (rows.length > 0) return;
  const fact: FactInput = {
    kind: 'retirement',
    key: `retirement/${body.before}`,
    origin: { workflowId: 'command-line', step: 'logs retire' },
    digest: null,
    body,
  };
  await client.query('select append_fact($1)', [JSON.stringify(rowOf(fact))]);
}

/** Each alone, so that nobody waits for all of them. */
async function dropMonths(client: Client, before: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
     where i.inhparent = 'prediction'::regclass and c.relname ~ '^prediction_\\d{6}$'
       and to_date(substr(c.relname, 12), 'YYYYMM') < $1::timestamptz::date order by 1`,
    [before],
  );
  for (const { name } of rows) await client.query(`drop table ${escapeIdentifier(name)}`);
  return rows.map(({ name }) => `${name.slice(11, 15)}-${name.slice(15)}`);
}

const batchRows = 10_000;
const times = { prediction_rest: 'at', prediction_request: 'at', outcome: 'recorded_at' };

async function deleteRows(client: Client, before: string): Promise<number> {
  let deleted = 0;
  for (const [table, time] of Object.entries(times)) {
    const sql = `delete from ${table} where ctid = any (array(select ctid from ${table} where ${time} < $1 limit ${batchRows}))`;
    for (let rows = batchRows; rows === batchRows; deleted += rows)
      rows = (await client.query(sql, [before])).rowCount ?? 0;
  }
  return deleted;
}
