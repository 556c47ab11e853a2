-- Where every lifecycle stands. No projection of facts: the owner's own word, so that one question shows all of them. It
-- may be lost and lag; each owner's next change writes its row anew.

create table fleet (
  model text primary key,
  owner text not null,
  stage text not null,
  paused boolean not null,
  problem text,
  -- in order: environment, version, candidate, waitsFor, waitsSince
  environments jsonb not null,
  -- by the owner's clock: a row that was on its way for long does not replace a newer one
  told_at timestamptz not null,
  updated_at timestamptz not null
);

create function record_fleet(given jsonb) returns void
language sql security definer set search_path from current set timezone = 'UTC'
as $$
  insert into fleet (model, owner, stage, paused, problem, environments, told_at, updated_at)
  values (given ->> 'model', given ->> 'owner', given ->> 'stage', (given ->> 'paused')::boolean, given ->> 'problem',
    given -> 'environments', (given ->> 'toldAt')::timestamptz, clock_timestamp())
  on conflict (model) do update set owner = excluded.owner, stage = excluded.stage, paused = excluded.paused,
    problem = excluded.problem, environments = excluded.environments, told_at = excluded.told_at,
    updated_at = excluded.updated_at
  where fleet.told_at <= excluded.told_at
$$;

-- The verdict is of the newest data day that was looked at; it holds since the first day of its run. Of a day that was
-- looked at twice, the later look counts.
create view v_fleet as
select f.model, e.environment, e.version, m.verdict, m.since as verdict_since, e."waitsFor" as waits_for,
  e."waitsSince" as waits_since, f.owner, f.stage, f.paused, e.candidate, f.problem, f.told_at, f.updated_at,
  e.place
from fleet as f
left join lateral rows from (jsonb_to_recordset(f.environments) as (environment text, version integer,
  candidate integer, "waitsFor" text, "waitsSince" timestamptz)) with ordinality
  as e (environment, version, candidate, "waitsFor", "waitsSince", place) on true
left join lateral (
  with looked as (
    select distinct on (w.to_at) w.from_at, w.to_at, w.verdict from monitor_window as w
    where w.model = f.model and w.environment = e.environment order by w.to_at, w.seq desc
  )
  select last.verdict, (
    select min(same.from_at) from looked as same
    where same.to_at > coalesce((select max(other.to_at) from looked as other where other.verdict <> last.verdict), '-infinity')
  ) as since
  from looked as last order by last.to_at desc limit 1
) as m on true;
