-- One index row per prediction (its inputs and output are in the segment's blob) and one row per true outcome. Digests
-- are bytes here, because these are the tables that grow.

create table prediction (
  request_id text not null,
  model text not null,
  version integer not null,
  model_digest bytea not null,
  environment text not null,
  at timestamptz not null,
  event_at timestamptz not null,
  segment bytea not null,
  primary key (request_id, event_at)
) partition by range (event_at);
create index prediction_by_time on prediction (model, environment, event_at);
create trigger append_only before update or delete on prediction for each row execute function refuse_change();
create trigger append_only_truncate before truncate on prediction for each statement execute function refuse_change();

-- Days without a partition of their own.
create table prediction_rest partition of prediction default;
create trigger append_only_truncate before truncate on prediction_rest
  for each statement execute function refuse_change();

create table outcome (
  request_id text primary key,
  outcome double precision not null,
  known_at timestamptz,
  batch bytea not null
);
create index on outcome (batch);
create trigger append_only before update or delete or truncate on outcome
  for each statement execute function refuse_change();

create function has_table(name text) returns boolean
language sql volatile set search_path from current
as $$
  select exists (
    select from pg_class as c join pg_namespace as s on s.oid = c.relnamespace
    where c.relname = name and s.nspname = current_schema())
$$;

-- A partition per day of event_at, made when its first row comes. Event times come from requests, so nobody may fill the
-- catalog with days: from 1,000 partitions on, new days share the default one. An old day is retired by dropping its
-- table, which only the owner can do.
create function ensure_prediction_partition(day date) returns void
language plpgsql set search_path from current set timezone = 'UTC'
as $$
declare
  name text := 'prediction_' || to_char(day, 'YYYYMMDD');
begin
  if has_table(name) then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('temporal-mlops/partitions/' || current_schema(), 0));
  if has_table(name) then return; end if;
  if (select count(*) > 1000 from pg_inherits where inhparent = 'prediction'::regclass) then return; end if;
  if exists (select from prediction_rest where event_at >= day and event_at < day + 1) then return; end if;
  -- Made apart and attached: a plain "partition of" would lock out every reader.
  execute format('create table %I (like prediction including defaults including constraints)', name);
  execute format('create trigger append_only_truncate before truncate on %I
    for each statement execute function refuse_change()', name);
  execute format('alter table prediction attach partition %I for values from (%L) to (%L)',
    name, day::timestamptz, (day + 1)::timestamptz);
end
$$;
