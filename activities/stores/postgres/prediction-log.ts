import type { Pool } from 'pg';
import type { Digest } from '../../../schemas/index.js';
import type { PredictionRange, UnmatchedOutcomes } from '../prediction-log.js';
import { first } from './rows.js';

export async function segments(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<Digest[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select encode(segment, 'hex') as digest from prediction
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 group by segment order by min(event_at), 1`,
    [model, environment, from, to],
  );
  return rows.map((row) => row.digest);
}

export async function predictionSpan(
  pool: Pool,
  model: string,
  environment: string,
): Promise<{ first: string; last: string } | null> {
  const found = await first<{ first: Date | null; last: Date | null }>(
    pool,
    `select min(event_at) as first, max(event_at) as last from prediction
     where model = $1 and environment = $2 and event_at <= now()`,
    [model, environment],
  );
  return found?.first && found.last ? { first: found.first.toISOString(), last: found.last.toISOString() } : null;
}

export async function outcomes(
  pool: Pool,
  { model, environment, from, to }: PredictionRange,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ request_id: string; outcome: number }>(
    `select distinct request_id, outcome from prediction join outcome using (request_id)
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4`,
    [model, environment, from, to],
  );
  return new Map(rows.map((row) => [row.request_id, row.outcome]));
}

/** Each is looked for in every day of the prediction log: with two years of days this many take a second or two. */
const newestOutcomes = 500;

export async function unmatchedOutcomes(pool: Pool, settledMs: number): Promise<UnmatchedOutcomes> {
  const found = await first<UnmatchedOutcomes>(
    pool,
    `with newest as (
       select o.request_id from outcome_batch as b join fact using (seq) join outcome as o on o.batch = decode(b.digest, 'hex')
       where fact.recorded_at <= now() - $1 * interval '1 millisecond' order by b.seq desc limit $2
     ), looked as (
       select n.request_id, exists (select from prediction as p where p.request_id = n.request_id) as known from newest as n
     )
     select count(*) filter (where not known)::int as unmatched, count(*)::int as "lookedAt",
       min(request_id) filter (where not known) as "requestId"
     from looked`,
    [settledMs, newestOutcomes],
  );
  return found ?? { unmatched: 0, lookedAt: 0, requestId: null };
}
