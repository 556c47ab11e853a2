-- The graph of what was made of what. The first fact that draws an edge makes the row.

create table lineage_edge (
  from_id text not null,
  to_id text not null,
  relation text not null,
  seq bigint not null references fact,
  primary key (from_id, to_id, relation)
);
create index on lineage_edge (to_id);
create trigger append_only before update or delete or truncate on lineage_edge
  for each statement execute function refuse_change();

-- The edges that a fact names, and those that follow from its body: the graph hangs together whoever recorded it.
create view recorded_lineage_edge as
select e ->> 'from' as from_id, e ->> 'to' as to_id, e ->> 'relation' as relation, seq
from fact, jsonb_array_elements(edges::jsonb) as x (e)
union
select dataset_digest, 'run:' || run_id, 'trained', seq from expected_run
union
select 'run:' || run_id, model_digest, 'trained', seq from expected_run where model_digest is not null
union
select model_digest, package_digest, 'packaged', seq from recorded_model_version
union
select 'run:' || run_id, package_digest, 'packaged', seq from recorded_model_version;

create view expected_lineage_edge as
select from_id, to_id, relation, min(seq) as seq from recorded_lineage_edge group by 1, 2, 3;

create function project_lineage_edge() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
begin
  insert into lineage_edge select * from recorded_lineage_edge where seq = new.seq on conflict do nothing;
  return null;
end
$$;
create trigger c_project_lineage_edge after insert on fact for each row execute function project_lineage_edge();
