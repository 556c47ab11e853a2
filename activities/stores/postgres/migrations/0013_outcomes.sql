create table outcome_batch (
  digest text primary key,
  recorded_by text not null,
  rows bigint not null,
  seq bigint not null unique references fact
);
create trigger append_only before update or delete or truncate on outcome_batch
  for each statement execute function refuse_change();

create view expected_outcome_batch as
select b ->> 'digest' as digest, b ->> 'by' as recorded_by, (b ->> 'rows')::bigint as rows, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'outcomes';

call project_kind('outcomes', 'outcome_batch');
