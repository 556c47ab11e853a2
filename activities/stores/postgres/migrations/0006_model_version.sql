-- Versions count up by the first fact of each package; a package that is recorded again keeps the version that it has.

create table model_version (
  model text not null,
  version integer not null,
  run_id text not null,
  model_digest text not null,
  package_digest text not null,
  dataset_digest text not null,
  seq bigint not null unique references fact,
  primary key (model, version),
  unique (model, package_digest)
);
create index on model_version (model_digest);
create index on model_version (package_digest);
create trigger append_only before update or delete or truncate on model_version
  for each statement execute function refuse_change();

create view recorded_model_version as
select b ->> 'model' as model, b ->> 'runId' as run_id, b ->> 'modelDigest' as model_digest,
  b ->> 'packageDigest' as package_digest, b ->> 'datasetDigest' as dataset_digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'modelVersion';

create view expected_model_version as
select model, version, run_id, model_digest, package_digest, dataset_digest, seq from (
  select *, row_number() over (partition by model order by seq)::integer as version
  from (
    select distinct on (model, package_digest) * from recorded_model_version order by model, package_digest, seq
  ) as firsts
) as numbered;

create function project_model_version() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
begin
  insert into model_version (model, version, run_id, model_digest, package_digest, dataset_digest, seq)
  select r.model, 1 + coalesce((select max(v.version) from model_version as v where v.model = r.model), 0),
    r.run_id, r.model_digest, r.package_digest, r.dataset_digest, r.seq
  from recorded_model_version as r where r.seq = new.seq
  on conflict (model, package_digest) do nothing;
  return null;
end
$$;
create trigger b_project_model_version after insert on fact for each row when (new.kind = 'modelVersion')
  execute function project_model_version();
