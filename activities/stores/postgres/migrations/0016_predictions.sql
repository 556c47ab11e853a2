-- One index row per prediction (its inputs and output are in the segment's blob), one per request that its caller named,
-- and one per true outcome. Digests are bytes here, because these are the tables that grow.

-- A prediction's id carries when it was asked: a look-up by id touches one partition. Not "immutable" by Postgres' own
-- functions alone, but its answer depends on nothing else.
create function time_of_id(id uuid) returns timestamptz
language sql immutable parallel safe
as $$
  select to_timestamp(('x' || lpad(replace(left(id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint / 1000.0::double precision)
$$;

-- Everything before is given up, whether or not its rows are gone yet. Whoever may read a view may ask for it.
create function retired_before() returns timestamptz
language plpgsql stable security definer set search_path from current
as $$
begin
  return coalesce((select max(before) from retirement), '-infinity');
end
$$;

-- Rows may go when a fact has retired their time, which the column named says; nothing else changes them.
create function refuse_unless_retired() returns trigger
language plpgsql set search_path from current
as $$
begin
  if tg_op = 'DELETE' and (to_jsonb(old) ->> tg_argv[0])::timestamptz < retired_before() then return old; end if;
  raise exception using errcode = 'ML002', message = format('%s is append-only: %s is refused', tg_table_name, lower(tg_op));
end
$$;

create table prediction (
  id uuid not null,
  -- from 0
  request_row integer not null,
  -- of a request with several rows: its prediction id is <id>:<row>
  of_many boolean not null,
  -- time_of_id(id), by the model server's clock
  at timestamptz not null,
  environment text not null,
  model text not null,
  version integer not null,
  model_digest bytea not null,
  -- what the caller named it; null where he did not
  request_id text,
  -- 16 bytes of the sha-256 of what was asked, of which version, under which name: equal only where a request is sent again
  asked bytea,
  -- chosen by the caller, so it decides about no table
  event_at timestamptz not null,
  segment bytea not null,
  primary key (id, request_row, at)
) partition by range (at);
create index prediction_by_event on prediction (model, environment, event_at);
create trigger append_only before update or delete on prediction
  for each row execute function refuse_unless_retired('at');
create trigger append_only_truncate before truncate on prediction for each statement execute function refuse_change();

create function prediction_id(p prediction) returns text
language sql immutable parallel safe
as $$ select p.id::text || case when p.of_many then ':' || p.request_row else '' end $$;

-- Times far from the clock: a server's clock may be wrong.
create table prediction_rest partition of prediction default;
create trigger append_only_truncate before truncate on prediction_rest
  for each statement execute function refuse_change();

-- Where to look for a request by its caller's name. It follows from the predictions (request_of_predictions).
create table prediction_request (
  request_id text not null,
  id uuid not null,
  at timestamptz not null,
  environment text not null,
  model text not null,
  version integer not null,
  rows integer not null,
  -- of its rows together
  asked bytea not null,
  primary key (request_id, id)
);
create index prediction_request_asked on prediction_request (asked, id);
create trigger append_only before update or delete on prediction_request
  for each row execute function refuse_unless_retired('at');
create trigger append_only_truncate before truncate on prediction_request
  for each statement execute function refuse_change();

create view request_of_predictions as
select request_id, id, at, environment, model, version, count(*)::integer as rows,
  substring(sha256(string_agg(asked, ''::bytea order by request_row)) for 16) as asked
from prediction where request_id is not null and at >= (select retired_before())
group by request_id, id, at, environment, model, version;

create table outcome (
  batch bytea not null,
  -- the line of the batch, from 0
  place integer not null,
  -- it names its prediction by id; or by request id and model, with the environment and the row where it says them
  prediction uuid,
  model text,
  environment text,
  request_id text,
  request_row integer,
  outcome double precision not null,
  known_at timestamptz,
  recorded_by text not null,
  recorded_at timestamptz not null,
  primary key (batch, place),
  check (num_nonnulls(prediction, request_id) = 1),
  check (request_id is null or model is not null)
);
create index outcome_by_prediction on outcome (prediction) where prediction is not null;
create index outcome_by_request on outcome (request_id, model) where request_id is not null;
create index outcome_by_time on outcome (model, recorded_at);
create trigger append_only before update or delete on outcome
  for each row execute function refuse_unless_retired('recorded_at');
create trigger append_only_truncate before truncate on outcome for each statement execute function refuse_change();

create function has_table(name text) returns boolean
language sql volatile set search_path from current
as $$
  select exists (
    select from pg_class as c join pg_namespace as s on s.oid = c.relnamespace
    where c.relname = name and s.nspname = current_schema())
$$;

-- A partition per month, made when its first row comes, and only near the clock: whatever a server's clock says, it
-- makes two years of months and no more.
create function ensure_prediction_partition(month date) returns void
language plpgsql set search_path from current set timezone = 'UTC'
as $$
declare
  name text := 'prediction_' || to_char(month, 'YYYYMM');
  next date := (month + interval '1 month')::date;
begin
  if month not between current_date - interval '25 months' and current_date + interval '1 day' then return; end if;
  if has_table(name) then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('temporal-mlops/partitions/' || current_schema(), 0));
  if has_table(name) then return; end if;
  if exists (select from prediction_rest where at >= month and at < next) then return; end if;
  -- Made apart and attached: a plain "partition of" would lock out every reader.
  execute format('create table %I (like prediction including defaults including constraints)', name);
  execute format('create trigger append_only_truncate before truncate on %I
    for each statement execute function refuse_change()', name);
  execute format('alter table prediction attach partition %I for values from (%L) to (%L)',
    name, month::timestamptz, next::timestamptz);
end
$$;

-- One row of the index as a line of text, and of a segment's lines in the order of their bytes the sha-256: what the
-- segment's fact says, and what can be worked out from its bytes (activities/stores/prediction-index.ts does).
create function prediction_line(p prediction) returns text
language sql stable set search_path from current set timezone = 'UTC'
as $$
  select concat_ws(E'\t', prediction_id(p), coalesce(p.request_id, ''), p.environment, p.model, p.version,
    encode(p.model_digest, 'hex'), coalesce(encode(p.asked, 'hex'), ''),
    to_char(p.event_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

create function prediction_index_digest(digest bytea) returns text
language sql stable set search_path from current
as $$
  select encode(sha256(convert_to(coalesce(string_agg(line, E'\n' order by line collate "C"), ''), 'UTF8')), 'hex')
  from prediction as p, lateral prediction_line(p) as line where p.segment = digest
$$;
