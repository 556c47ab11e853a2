create table outcome_batch (
  digest text primary key,
  rows bigint not null,
  size_bytes bigint not null,
  seq bigint not null unique references fact
);
create trigger append_only before update or delete or truncate on outcome_batch
  for each statement execute function refuse_change();

create view expected_outcome_batch as
select b ->> 'digest' as digest, (b ->> 'rows')::bigint as rows, (b ->> 'sizeBytes')::bigint as size_bytes, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'outcomes';

call project_kind('outcomes', 'outcome_batch');
