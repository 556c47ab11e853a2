-- What rows a fact calls for, said once: the trigger inserts from these views, and verify compares the tables with them.

create view expected_dataset_version as
select b ->> 'dataset' as dataset, b ->> 'digest' as digest, (b ->> 'rows')::bigint as rows,
  (b ->> 'labelled')::boolean as labelled, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'datasetVersion';

create view expected_run as
select b ->> 'runId' as run_id, b ->> 'model' as model, b ->> 'trainer' as trainer, b ->> 'status' as status,
  b ->> 'runDigest' as run_digest, b ->> 'modelDigest' as model_digest, b #>> '{dataset,name}' as dataset,
  (b #>> '{dataset,version}')::integer as dataset_version, b #>> '{dataset,digest}' as dataset_digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'run';

create view expected_metric as
select b ->> 'runId' as run_id, m.split, m.name, m.step, m.value, seq
from fact, lateral (select body::jsonb as b) as x, lateral (
  select s.split, e.key as name, 0 as step, (e.value #>> '{}')::double precision as value
  from (values ('validation'), ('test')) as s (split),
    lateral jsonb_each(case jsonb_typeof(b -> s.split) when 'object' then b -> s.split else '{}' end) as e
  union all
  select c ->> 'split', c ->> 'name', (c ->> 'step')::integer, (c ->> 'value')::double precision
  from jsonb_array_elements(b -> 'curve') as c
) as m
where kind = 'run';

create view expected_best_run as
select b ->> 'model' as model, b ->> 'runId' as run_id, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'bestRun';

create view expected_model_version as
select b ->> 'model' as model, b ->> 'runId' as run_id, b ->> 'modelDigest' as model_digest,
  b ->> 'packageDigest' as package_digest, b ->> 'datasetDigest' as dataset_digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'modelVersion';

create view expected_approval as
select b ->> 'model' as model, (b ->> 'version')::integer as version, b ->> 'environment' as environment,
  b ->> 'gate' as gate, b ->> 'modelDigest' as model_digest, b ->> 'evidenceDigest' as evidence_digest,
  b ->> 'decision' as decision, b ->> 'decidedBy' as decided_by, b ->> 'comment' as comment,
  (b ->> 'decidedAt')::timestamptz as decided_at, b ->> 'provenBy' as proven_by, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'approval';

create view expected_gate_decision as
select b ->> 'model' as model, (b ->> 'version')::integer as version, b ->> 'environment' as environment,
  b ->> 'gate' as gate, b ->> 'modelDigest' as model_digest, b ->> 'decision' as decision,
  b -> 'decidedBy' as decided_by, (b ->> 'quorum')::integer as quorum, b ->> 'reason' as reason,
  (b ->> 'decidedAt')::timestamptz as decided_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'gateDecision';

create view expected_endpoint_change as
select b ->> 'model' as model, b ->> 'environment' as environment, (b ->> 'generation')::bigint as generation,
  (b ->> 'step')::bigint as step, b ->> 'change' as change, (b ->> 'version')::integer as version,
  b ->> 'modelDigest' as model_digest, b ->> 'by' as changed_by, b ->> 'reason' as reason,
  (b ->> 'at')::timestamptz as changed_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'endpointChange';

create view expected_monitor_window as
select b ->> 'model' as model, b ->> 'environment' as environment, (b ->> 'version')::integer as version,
  (b ->> 'from')::timestamptz as from_at, (b ->> 'to')::timestamptz as to_at, b ->> 'verdict' as verdict,
  (b ->> 'bad')::boolean as bad, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'monitorWindow';

create view expected_retrain_event as
select b ->> 'model' as model, b ->> 'trigger' as trigger, b ->> 'by' as asked_by, b ->> 'outcome' as outcome,
  b ->> 'reason' as reason, (b ->> 'at')::timestamptz as happened_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'retrain';

create view expected_prediction_segment as
select b ->> 'digest' as digest, b ->> 'environment' as environment, (b ->> 'rows')::bigint as rows,
  (b ->> 'sizeBytes')::bigint as size_bytes, (b ->> 'lost')::bigint as lost, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'predictionSegment';

create view expected_outcome_batch as
select b ->> 'digest' as digest, b ->> 'by' as recorded_by, (b ->> 'rows')::bigint as rows, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'outcomes';

create view expected_artifact as
select a ->> 'digest' as digest, a ->> 'kind' as kind, a ->> 'uri' as uri, (a ->> 'sizeBytes')::bigint as size_bytes,
  seq, place
from fact, jsonb_array_elements(artifacts::jsonb) with ordinality as x (a, place);

-- The edges that a fact names, and those that follow from its body: the graph hangs together whoever recorded it.
create view expected_lineage_edge as
select e ->> 'from' as from_id, e ->> 'to' as to_id, e ->> 'relation' as relation, seq
from fact, jsonb_array_elements(edges::jsonb) as x (e)
union
select dataset_digest, 'run:' || run_id, 'trained', seq from expected_run
union
select 'run:' || run_id, model_digest, 'trained', seq from expected_run where model_digest is not null
union
select model_digest, package_digest, 'packaged', seq from expected_model_version
union
select 'run:' || run_id, package_digest, 'packaged', seq from expected_model_version;

create function project() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
begin
  case new.kind
    when 'datasetVersion' then
      insert into dataset_version (dataset, version, digest, rows, labelled, seq)
      select e.dataset, 1 + coalesce((select max(version) from dataset_version as v where v.dataset = e.dataset), 0),
        e.digest, e.rows, e.labelled, e.seq
      from expected_dataset_version as e where e.seq = new.seq
      on conflict (dataset, digest) do nothing;
    when 'run' then
      insert into run select * from expected_run where seq = new.seq;
      insert into metric select * from expected_metric where seq = new.seq;
    when 'bestRun' then insert into best_run select * from expected_best_run where seq = new.seq;
    when 'modelVersion' then
      insert into model_version (model, version, run_id, model_digest, package_digest, dataset_digest, seq)
      select e.model, 1 + coalesce((select max(version) from model_version as v where v.model = e.model), 0),
        e.run_id, e.model_digest, e.package_digest, e.dataset_digest, e.seq
      from expected_model_version as e where e.seq = new.seq
      on conflict (model, package_digest) do nothing;
    when 'approval' then insert into approval select * from expected_approval where seq = new.seq;
    when 'gateDecision' then insert into gate_decision select * from expected_gate_decision where seq = new.seq;
    when 'endpointChange' then insert into endpoint_change select * from expected_endpoint_change where seq = new.seq;
    when 'monitorWindow' then insert into monitor_window select * from expected_monitor_window where seq = new.seq;
    when 'retrain' then insert into retrain_event select * from expected_retrain_event where seq = new.seq;
    when 'predictionSegment' then
      insert into prediction_segment select * from expected_prediction_segment where seq = new.seq;
    when 'outcomes' then insert into outcome_batch select * from expected_outcome_batch where seq = new.seq;
    else null;
  end case;
  insert into artifact select digest, kind, uri, size_bytes, seq from expected_artifact where seq = new.seq
  order by place on conflict do nothing;
  insert into lineage_edge select * from expected_lineage_edge where seq = new.seq on conflict do nothing;
  return null;
end
$$;
create trigger b_project after insert on fact for each row execute function project();
