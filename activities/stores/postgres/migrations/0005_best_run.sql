create table best_run (
  model text not null,
  run_id text not null,
  seq bigint primary key references fact
);
create index on best_run (model, seq);
create trigger append_only before update or delete or truncate on best_run
  for each statement execute function refuse_change();

create view expected_best_run as
select b ->> 'model' as model, b ->> 'runId' as run_id, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'bestRun';

call project_kind('bestRun', 'best_run');
