create table run (
  run_id text primary key,
  model text not null,
  trainer text not null,
  status text not null,
  run_digest text,
  model_digest text,
  dataset text not null,
  dataset_version integer not null,
  dataset_digest text not null,
  seq bigint not null unique references fact
);
create index on run (model_digest);
create trigger append_only before update or delete or truncate on run
  for each statement execute function refuse_change();

create view expected_run as
select b ->> 'runId' as run_id, b ->> 'model' as model, b ->> 'trainer' as trainer, b ->> 'status' as status,
  b ->> 'runDigest' as run_digest, b ->> 'modelDigest' as model_digest, b #>> '{dataset,name}' as dataset,
  (b #>> '{dataset,version}')::integer as dataset_version, b #>> '{dataset,digest}' as dataset_digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'run';

create table metric (
  run_id text not null references run,
  split text not null,
  name text not null,
  -- 0: of the finished model, or where its curve starts
  step integer not null default 0,
  value double precision,
  seq bigint not null references fact,
  primary key (run_id, split, name, step)
);
create trigger append_only before update or delete or truncate on metric
  for each statement execute function refuse_change();

create view expected_metric as
select b ->> 'runId' as run_id, m.split, m.name, m.step, m.value, seq
from fact, lateral (select body::jsonb as b) as x, lateral (
  select s.split, e.key as name, 0 as step, (e.value #>> '{}')::double precision as value
  from (values ('validation'), ('test')) as s (split),
    lateral jsonb_each(case jsonb_typeof(b -> s.split) when 'object' then b -> s.split else '{}' end) as e
  union all
  select c ->> 'split', c ->> 'name', (c ->> 'step')::integer, (c ->> 'value')::double precision
  from jsonb_array_elements(b -> 'curve') as c
) as m
where kind = 'run';

call project_kind('run', 'run', 'metric');
