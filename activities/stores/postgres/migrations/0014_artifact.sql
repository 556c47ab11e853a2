-- What facts of every kind name by its digest. The first fact that names it makes the row.

create table artifact (
  digest text not null,
  kind text not null,
  uri text not null,
  size_bytes bigint not null,
  seq bigint not null references fact,
  primary key (digest, kind)
);
create trigger append_only before update or delete or truncate on artifact
  for each statement execute function refuse_change();

create view recorded_artifact as
select a ->> 'digest' as digest, a ->> 'kind' as kind, a ->> 'uri' as uri, (a ->> 'sizeBytes')::bigint as size_bytes,
  seq, place
from fact, jsonb_array_elements(artifacts::jsonb) with ordinality as x (a, place);

create view expected_artifact as
select distinct on (digest, kind) digest, kind, uri, size_bytes, seq from recorded_artifact
order by digest, kind, seq, place;

create function project_artifact() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
begin
  insert into artifact select digest, kind, uri, size_bytes, seq from recorded_artifact where seq = new.seq
  order by place on conflict do nothing;
  return null;
end
$$;
create trigger c_project_artifact after insert on fact for each row execute function project_artifact();
