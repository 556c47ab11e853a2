create table retrain_event (
  model text not null,
  trigger text not null,
  asked_by text not null,
  outcome text not null,
  reason text not null,
  happened_at timestamptz not null,
  seq bigint primary key references fact
);
create index on retrain_event (model, seq);
create trigger append_only before update or delete or truncate on retrain_event
  for each statement execute function refuse_change();

create view expected_retrain_event as
select b ->> 'model' as model, b ->> 'trigger' as trigger, b ->> 'by' as asked_by, b ->> 'outcome' as outcome,
  b ->> 'reason' as reason, (b ->> 'at')::timestamptz as happened_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'retrain';

call project_kind('retrain', 'retrain_event');
