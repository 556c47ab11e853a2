-- For readers. Their columns are documented and only ever added to.

create view v_lineage as
select workflow_id, step, kind, digest, recorded_at from fact;

create view v_lineage_edge as
select from_id as from_digest, to_id as to_digest, relation from lineage_edge;

create view v_artifact as
select digest, uri, size_bytes, kind from artifact;

create view v_dataset_version as
select dataset, version, digest, rows from dataset_version;

create view v_run as
select r.run_id, r.model, r.trainer, r.status, f.recorded_at as started_at from run as r join fact as f using (seq);

create view v_metric as
select run_id, name, value, step, split from metric;

create view v_model_version as
select model, version, model_digest as digest, run_id, dataset_digest from model_version;

create view v_approval as
select model, version, environment, decision, decided_by, decided_at, proven_by from approval;

-- Who served when. A candidate's share does not take the endpoint, and a rollout that was stopped gave it back unchanged.
create view v_deployment as
with serving as (
  select *, lag(version) over endpoint as previous_version
  from endpoint_change where change <> 'candidate'
  window endpoint as (partition by model, environment order by generation, step, seq)
), taking as (
  select *, lead(changed_at) over endpoint as until, lead(seq) over endpoint is null as is_last
  from serving where change <> 'aborted' or version is distinct from previous_version
  window endpoint as (partition by model, environment order by generation, step, seq)
)
select model, environment, version, model_digest as digest, is_last as current, generation, changed_at as since, until
from taking where version is not null;

create view v_prediction_log as
select prediction_id(p) as prediction_id, coalesce(request_id, id::text) as request_id, environment, model, version,
  encode(model_digest, 'hex') as digest, at
from prediction as p where at >= (select retired_before());
