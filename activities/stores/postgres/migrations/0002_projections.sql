-- Tables that facts are projected into, in the transaction of the fact. `seq` is the fact that made the row.

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

create table run (
  run_id text primary key,
  model text not null,
  trainer text not null,
  status text not null,
  run_digest text,
  model_digest text,
  dataset text not null,
  dataset_version integer not null,
  dataset_digest text not null,
  seq bigint not null unique references fact
);
create index on run (model_digest);

create table metric (
  run_id text not null references run,
  split text not null,
  name text not null,
  -- 0: of the finished model, or where its curve starts
  step integer not null default 0,
  value double precision,
  seq bigint not null references fact,
  primary key (run_id, split, name, step)
);

create table best_run (
  model text not null,
  run_id text not null,
  seq bigint primary key references fact
);
create index on best_run (model, seq);

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
  seq bigint primary key references fact
);
create index on approval (model, version, environment);

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

create table monitor_window (
  model text not null,
  environment text not null,
  version integer,
  from_at timestamptz not null,
  to_at timestamptz not null,
  verdict text not null,
  bad boolean not null,
  seq bigint primary key references fact
);
create index on monitor_window (model, environment, to_at, seq);

create table retrain_event (
  model text not null,
  trigger text not null,
  asked_by text not null,
  outcome text not null,
  reason text not null,
  happened_at timestamptz not null,
  seq bigint primary key references fact
);
create index on retrain_event (model, seq);

create table prediction_segment (
  digest text primary key,
  environment text not null,
  rows bigint not null,
  size_bytes bigint not null,
  lost bigint not null,
  seq bigint not null unique references fact
);

create table outcome_batch (
  digest text primary key,
  recorded_by text not null,
  rows bigint not null,
  seq bigint not null unique references fact
);

create table artifact (
  digest text not null,
  kind text not null,
  uri text not null,
  size_bytes bigint not null,
  seq bigint not null references fact,
  primary key (digest, kind)
);

create table lineage_edge (
  from_id text not null,
  to_id text not null,
  relation text not null,
  seq bigint not null references fact,
  primary key (from_id, to_id, relation)
);
create index on lineage_edge (to_id);

do $$
declare
  name text;
begin
  foreach name in array array['dataset_version', 'run', 'metric', 'best_run', 'model_version', 'approval', 'gate_decision',
    'endpoint_change', 'monitor_window', 'retrain_event', 'prediction_segment', 'outcome_batch', 'artifact',
    'lineage_edge']
  loop
    execute format('create trigger append_only before update or delete or truncate on %I
      for each statement execute function refuse_change()', name);
  end loop;
end
$$;
