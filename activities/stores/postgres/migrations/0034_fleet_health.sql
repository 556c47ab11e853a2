-- How what serves does, beside where it stands: what the newest data day that was judged showed.

create or replace view v_fleet as
select f.model, e.environment, e.version, m.verdict, m.since as verdict_since, e."waitsFor" as waits_for,
  e."waitsSince" as waits_since, f.owner, f.stage, f.paused, e.candidate, f.problem, f.told_at, f.updated_at,
  e.place, m.quality, m.predictions, m.data_until
from fleet as f
left join lateral rows from (jsonb_to_recordset(f.environments) as (environment text, version integer,
  candidate integer, "waitsFor" text, "waitsSince" timestamptz)) with ordinality
  as e (environment, version, candidate, "waitsFor", "waitsSince", place) on true
left join lateral (
  with looked as (
    select distinct on (w.to_at) w.from_at, w.to_at, w.verdict, w.seq from monitor_window as w
    where w.model = f.model and w.environment = e.environment order by w.to_at, w.seq desc
  )
  select last.verdict, (
    select min(same.from_at) from looked as same
    where same.to_at > coalesce((select max(other.to_at) from looked as other where other.verdict <> last.verdict), '-infinity')
  ) as since, nullif(found.result -> 'quality', 'null'::jsonb) as quality,
    (found.result ->> 'predictions')::bigint as predictions, last.to_at as data_until
  from looked as last
  left join lateral (select body::jsonb -> 'result' as result from fact where fact.seq = last.seq) as found on true
  order by last.to_at desc limit 1
) as m on true;
