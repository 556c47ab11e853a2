create table lifecycle_change (
  model text not null,
  change text not null,
  -- null where no message said so
  changed_by text,
  reason text,
  fields jsonb not null,
  -- null where the model was retired
  specification jsonb,
  signatures_required boolean not null,
  changed_at timestamptz not null,
  seq bigint primary key references fact
);
create index on lifecycle_change (model, seq);
create trigger append_only before update or delete or truncate on lifecycle_change
  for each statement execute function refuse_change();

create view expected_lifecycle_change as
select b ->> 'model' as model, b ->> 'change' as change, b ->> 'by' as changed_by, b ->> 'reason' as reason,
  b -> 'fields' as fields, nullif(b -> 'specification', 'null'::jsonb) as specification,
  (b ->> 'signaturesRequired')::boolean as signatures_required, (b ->> 'at')::timestamptz as changed_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'lifecycleChange';

call project_kind('lifecycleChange', 'lifecycle_change');
