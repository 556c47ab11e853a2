-- Versions count up by the first fact of each content; content that is recorded again keeps the version that it has.

create table dataset_version (
  dataset text not null,
  version integer not null,
  digest text not null,
  rows bigint not null,
  labelled boolean not null,
  seq bigint not null unique references fact,
  primary key (dataset, version),
  unique (dataset, digest)
);
create index on dataset_version (digest);
create trigger append_only before update or delete or truncate on dataset_version
  for each statement execute function refuse_change();

create view recorded_dataset_version as
select b ->> 'dataset' as dataset, b ->> 'digest' as digest, (b ->> 'rows')::bigint as rows,
  (b ->> 'labelled')::boolean as labelled, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'datasetVersion';

create view expected_dataset_version as
select dataset, version, digest, rows, labelled, seq from (
  select *, row_number() over (partition by dataset order by seq)::integer as version
  from (select distinct on (dataset, digest) * from recorded_dataset_version order by dataset, digest, seq) as firsts
) as numbered;

create function project_dataset_version() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
begin
  insert into dataset_version (dataset, version, digest, rows, labelled, seq)
  select r.dataset, 1 + coalesce((select max(v.version) from dataset_version as v where v.dataset = r.dataset), 0),
    r.digest, r.rows, r.labelled, r.seq
  from recorded_dataset_version as r where r.seq = new.seq
  on conflict (dataset, digest) do nothing;
  return null;
end
$$;
create trigger b_project_dataset_version after insert on fact for each row when (new.kind = 'datasetVersion')
  execute function project_dataset_version();
