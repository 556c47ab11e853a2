create table gate_decision (
  model text not null,
  version integer not null,
  environment text not null,
  gate text not null,
  model_digest text not null,
  decision text not null,
  decided_by jsonb not null,
  quorum integer not null,
  reason text not null,
  decided_at timestamptz not null,
  seq bigint primary key references fact
);
create index on gate_decision (model, version, environment);
create trigger append_only before update or delete or truncate on gate_decision
  for each statement execute function refuse_change();

create view expected_gate_decision as
select b ->> 'model' as model, (b ->> 'version')::integer as version, b ->> 'environment' as environment,
  b ->> 'gate' as gate, b ->> 'modelDigest' as model_digest, b ->> 'decision' as decision,
  b -> 'decidedBy' as decided_by, (b ->> 'quorum')::integer as quorum, b ->> 'reason' as reason,
  (b ->> 'decidedAt')::timestamptz as decided_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'gateDecision';

call project_kind('gateDecision', 'gate_decision');
