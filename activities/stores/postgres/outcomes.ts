import type { Pool } from 'pg';
import { type OutcomeRecord, predictionIdOf, predictionParts } from '../../../schemas/index.js';
import type { KnownOutcome, OutcomeMatch, PredictionRange, UnmatchedOutcomes } from '../prediction-log.js';
import { first, pagesOf } from './rows.js';

/**
 * The rule of 0021_outcome_matching.sql for a whole window at once: which of its requests are repeats, which outcomes name
 * exactly one of its predictions, and which of these was taken last. `offset 0` keeps each look-up one by an index: of
 * tables that have just grown Postgres knows too little to choose the way.
 */
const ofWindow = `
  with shown as materialized (
    select id, request_row, of_many, request_id from prediction
    where model = $1 and environment = $2 and event_at >= $3 and event_at < $4 and at >= (select retired_before())
  ), named as materialized (
    select s.id, r.asked, (select e.id from prediction_request as e where e.asked = r.asked order by e.id limit 1) as first
    from (select distinct request_id, id from shown where request_id is not null) as s,
      lateral (select asked from prediction_request where request_id = s.request_id and id = s.id offset 0) as r
  ), answer as (
    select distinct id, id as first from shown where request_id is null
    union all
    select e.id, n.id from named as n,
      lateral (select id from prediction_request where asked = n.asked offset 0) as e where n.id = n.first
  ), said as materialized (
    select a.first as id, o.request_row, o.outcome, o.recorded_at, o.place, o.batch
    from answer as a, lateral (select * from outcome where prediction = a.id offset 0) as o
    where (o.model is null or o.model = $1) and (o.environment is null or o.environment = $2)
    union all
    select t.id, o.request_row, o.outcome, o.recorded_at, o.place, o.batch
    from (select distinct coalesce(request_id, id::text) as name from shown) as s,
      lateral (select * from outcome where request_id = s.name and model = $1 offset 0) as o,
      lateral (
        select (array_agg(id))[1] as id from (
          (select r.id, case when o.request_row is null then r.rows else 1 end as fits from first_request as r
           where r.request_id = o.request_id and r.model = o.model
             and (o.environment is null or r.environment = o.environment)
             and (o.request_row is null or o.request_row < r.rows) limit 2)
          union all
          select p.id, 1 from prediction as p
          where p.id = uuid_of(o.request_id) and p.at = time_of_id(uuid_of(o.request_id)) and p.request_id is null
            and p.model = o.model and (o.environment is null or p.environment = o.environment)
            and (o.request_row is null or o.request_row = p.request_row)
        ) as x having sum(fits) = 1
      ) as t
    where o.environment is null or o.environment = $2
  ), counted as (
    select distinct on (p.id, p.request_row) p.id, p.request_row, p.of_many, s.outcome
    from said as s, lateral (select * from prediction where id = s.id and at = time_of_id(s.id) offset 0) as p
    where (s.request_row = p.request_row or s.request_row is null and not p.of_many)
      and p.model = $1 and p.environment = $2 and p.event_at >= $3 and p.event_at < $4
    order by p.id, p.request_row, s.recorded_at desc, s.place desc, s.batch desc
  )
  select id, request_row as row, of_many as "ofMany", outcome from counted
  union all
  select p.id, p.request_row, p.of_many, null
  from named as n, lateral (select * from prediction where id = n.id and at = time_of_id(n.id) offset 0) as p
  where n.first <> n.id and p.event_at >= $3 and p.event_at < $4`;

interface WindowRow {
  readonly id: string;
  readonly row: number;
  readonly ofMany: boolean;
  /** null where the prediction is a repeat */
  readonly outcome: number | null;
}

export async function* outcomes(
  pool: Pool,
  { model, environment, from, to }: PredictionRange,
): AsyncIterable<KnownOutcome[]> {
  for await (const page of pagesOf<WindowRow>(pool, ofWindow, [model, environment, from, to]))
    yield page.map(({ outcome, ofMany, ...of }) => ({ predictionId: predictionIdOf(of, !ofMany), outcome }));
}

export async function matches(pool: Pool, asked: readonly OutcomeRecord[]): Promise<OutcomeMatch[]> {
  const { rows } = await pool.query<{ match: OutcomeMatch }>(
    `select case when n.matches > 1 then 'ambiguous'
       when n.matches = 1 then case when exists (
         select from outcome as e where e.prediction = n.id and (e.request_row is null or e.request_row = n.row)
         union all
         select from outcome as e where e.request_id = n.label and e.model = n.model and (e.environment is null or e.environment = n.environment)
           and (e.request_row is null or e.request_row = n.row)
       ) then 'supersedes' else 'recorded' end
       when time_of_id(coalesce(o.prediction, uuid_of(o.request_id))) < (select retired_before()) then 'retired'
       else 'pending' end as match
     from json_array_elements($1) with ordinality as x (given, place),
       lateral json_populate_record(null::outcome, given) as o,
       lateral (
         select count(*) as matches, (array_agg(p.id))[1] as id, min(p.request_row) as row, min(p.model) as model,
           min(p.environment) as environment, min(coalesce(p.request_id, p.id::text)) as label
         from predictions_named(o) as p) as n
     order by x.place`,
    [JSON.stringify(asked.map(namesOf))],
  );
  return rows.map(({ match }) => match);
}

/** In the columns' names. */
function namesOf({ predictionId, model, environment, requestId, row }: OutcomeRecord) {
  const { id = null, row: ownRow = row } = predictionId === null ? {} : predictionParts(predictionId);
  return { prediction: id, model, environment, request_id: requestId, request_row: ownRow };
}

const newestOutcomes = 500;

export async function unmatchedOutcomes(
  pool: Pool,
  { model, environment }: { model: string; environment: string },
  settledMs: number,
): Promise<UnmatchedOutcomes> {
  const found = await first<UnmatchedOutcomes>(
    pool,
    `with newest as (
       select o as said, coalesce(request_id, prediction::text) as named from outcome as o
       where model = $1 and (environment is null or environment = $2)
         and recorded_at <= now() - $3 * interval '1 millisecond' and recorded_at >= (select retired_before())
       order by recorded_at desc, place desc limit $4
     ), looked as (
       select named, (select count(*) from predictions_named(said)) = 1 as counts from newest
     )
     select count(*) filter (where not counts)::int as unmatched, count(*)::int as "lookedAt",
       min(named) filter (where not counts) as named
     from looked`,
    [model, environment, settledMs, newestOutcomes],
  );
  return found ?? { unmatched: 0, lookedAt: 0, named: null };
}
