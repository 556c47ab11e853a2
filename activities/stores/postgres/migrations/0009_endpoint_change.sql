create table endpoint_change (
  model text not null,
  environment text not null,
  generation bigint not null,
  step bigint not null,
  change text not null,
  version integer,
  model_digest text,
  changed_by text not null,
  reason text not null,
  changed_at timestamptz not null,
  seq bigint primary key references fact
);
create index on endpoint_change (model, environment, generation, step);
create trigger append_only before update or delete or truncate on endpoint_change
  for each statement execute function refuse_change();

create view expected_endpoint_change as
select b ->> 'model' as model, b ->> 'environment' as environment, (b ->> 'generation')::bigint as generation,
  (b ->> 'step')::bigint as step, b ->> 'change' as change, (b ->> 'version')::integer as version,
  b ->> 'modelDigest' as model_digest, b ->> 'by' as changed_by, b ->> 'reason' as reason,
  (b ->> 'at')::timestamptz as changed_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'endpointChange';

call project_kind('endpointChange', 'endpoint_change');
