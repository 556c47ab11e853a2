create table gate_comparison (
  model text not null,
  version integer not null,
  serving integer not null,
  package_digest text not null,
  rows bigint not null,
  differences jsonb not null,
  seq bigint primary key references fact
);
create index on gate_comparison (model, version, serving);
create trigger append_only before update or delete or truncate on gate_comparison
  for each statement execute function refuse_change();

create view expected_gate_comparison as
select b ->> 'model' as model, (b ->> 'version')::integer as version, (b ->> 'serving')::integer as serving,
  b ->> 'packageDigest' as package_digest, (b ->> 'rows')::bigint as rows, b -> 'differences' as differences, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'gateComparison';

call project_kind('gateComparison', 'gate_comparison');
