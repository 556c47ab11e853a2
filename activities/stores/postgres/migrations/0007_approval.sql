create table approval (
  model text not null,
  version integer not null,
  environment text not null,
  gate text not null,
  model_digest text not null,
  evidence_digest text not null,
  decision text not null,
  decided_by text not null,
  comment text,
  decided_at timestamptz not null,
  proven_by text not null,
  signature text,
  seq bigint primary key references fact
);
create index on approval (model, version, environment);
create trigger append_only before update or delete or truncate on approval
  for each statement execute function refuse_change();

create view expected_approval as
select b ->> 'model' as model, (b ->> 'version')::integer as version, b ->> 'environment' as environment,
  b ->> 'gate' as gate, b ->> 'modelDigest' as model_digest, b ->> 'evidenceDigest' as evidence_digest,
  b ->> 'decision' as decision, b ->> 'decidedBy' as decided_by, b ->> 'comment' as comment,
  (b ->> 'decidedAt')::timestamptz as decided_at, b ->> 'provenBy' as proven_by, b ->> 'signature' as signature, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'approval';

call project_kind('approval', 'approval');
