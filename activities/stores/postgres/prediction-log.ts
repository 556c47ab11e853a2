import type { Pool } from 'pg';
import type { Digest, EndpointName } from '../../../schemas/index.js';
import type { LoggedDay } from '../../../statistics/due-days.js';
import type { LogFiles, PredictionRange } from '../prediction-log.js';

export async function segments(pool: Pool, { model, environment, from, to }: PredictionRange): Promise<Digest[]> {
  const { rows } = await pool.query<{ digest: string }>(
    `select encode(segment, 'hex') as digest from prediction
     where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 and at >= (select retired_before())
     group by segment order by min(event_at), 1`,
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
    where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 and at >= (select retired_before())
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
       and at >= (select retired_before())
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
      select coalesce(sum(p.rows), 0) from prediction_day as p join prediction_segment as s on s.digest = p.segment
      where p.model = $1 and p.environment = $2 and p.day = n.day and s.last_at >= (select retired_before())
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
