import type { Pool } from 'pg';
import type { Digest, EndpointName } from '../../../schemas/index.js';
import type { LoggedDay } from '../../../statistics/due-days.js';
import type { KnownOutcome, LogFiles, PredictionRange, UnmatchedOutcomes } from '../prediction-log.js';
import { first, pagesOf } from './rows.js';

export async function segments(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<Digest[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select encode(segment, 'hex') as digest from prediction
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 group by segment order by min(event_at), 1`,
    [model, environment, from, to],
  );
  return rows.map((row) => row.digest);
}

/** A part holds one whole day, so it can stand for its segments only where a whole day is asked for. */
const filesAsked = `
  with held as (
    select e.from_id as segment, p.digest from prediction_part as p join lineage_edge as e on e.to_id = p.digest
    where p.model = $1 and p.environment = $2 and e.relation = 'compacted'
      and p.day = $3::timestamptz and p.day + 1 = $4::timestamptz
  ), asked as (
    select distinct encode(segment, 'hex') as segment from prediction
    where model = $1 and environment = $2 and event_at >= $3 and event_at < $4
  )
  select coalesce(array_agg(segment order by segment) filter (where digest is null), '{}') as segments,
    coalesce(array_agg(distinct digest) filter (where digest is not null), '{}') as parts
  from asked left join held using (segment)`;

export async function files(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<LogFiles> {
  const { rows } = await pool.query<LogFiles>(filesAsked, [model, environment, from, to]);
  return rows[0] ?? { segments: [], parts: [] };
}

/** No window has more versions that may be the one that answered most. */
const mostVersions = 20;

export async function versions(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<number[]> {
  const { rows } = await pool.query<{ version: number }>(
    `select version from prediction where model = $1 and environment = $2 and event_at >= $3 and event_at < $4
     group by version order by count(*) desc, version desc limit $5`,
    [model, environment, from, to, mostVersions],
  );
  return rows.map(({ version }) => version);
}

/** The days are found by jumping from one to the next, and only those with something new are counted. */
const daysAsked = `
  with recursive seen (day) as (
    select min(day) from prediction_day where model = $1 and environment = $2
    union all
    select (select min(p.day) from prediction_day as p where model = $1 and environment = $2 and p.day > seen.day)
    from seen where seen.day is not null
  ), newest as (
    select day, (
      select max(seq) from prediction_day as p where model = $1 and environment = $2 and p.day = seen.day
    ) as seq
    from seen where day <= (now() at time zone 'UTC')::date
  ), judged as (
    select distinct on (from_at) from_at::date as day, logged_rows, logged_seq from monitor_window
    where model = $1 and environment = $2 and logged_seq is not null order by from_at, seq desc
  )
  select to_char(n.day, 'YYYY-MM-DD') as day, n.seq::float8 as "lastSeq", j.logged_seq::float8 as "judgedSeq",
    j.logged_rows::float8 as "judgedRows", case when n.seq = j.logged_seq then j.logged_rows else (
      select sum(p.rows) from prediction_day as p where model = $1 and environment = $2 and p.day = n.day
    ) end::float8 as rows
  from newest as n left join judged as j using (day) order by n.day`;

interface DayRow {
  readonly day: string;
  readonly rows: number;
  readonly lastSeq: number;
  readonly judgedRows: number | null;
  readonly judgedSeq: number | null;
}

export async function days(pool: Pool, { model, environment }: EndpointName): Promise<LoggedDay[]> {
  const { rows: found } = await pool.query<DayRow>(daysAsked, [model, environment]);
  return found.map(({ day, rows, lastSeq, judgedRows, judgedSeq }) => {
    const judged = judgedRows === null || judgedSeq === null ? null : { rows: judgedRows, lastSeq: judgedSeq };
    return { day, rows, lastSeq, judged };
  });
}

export function outcomes(pool: Pool, { model, environment, from, to }: PredictionRange): AsyncIterable<KnownOutcome[]> {
  const asked = `select distinct request_id as "predictionId", outcome from prediction join outcome using (request_id)
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4`;
  return pagesOf(pool, asked, [model, environment, from, to]);
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
