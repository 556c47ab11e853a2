-- The only doors into the ledger. They run as the owner, so that the writer's role needs no right to insert anywhere.

create type appended as (seq bigint, hash text, is_new boolean, version integer);

create function version_of(f fact) returns integer
language sql stable set search_path from current
as $$
  select case f.kind
    when 'datasetVersion' then (
      select v.version from dataset_version as v
      where v.dataset = f.body::jsonb ->> 'dataset' and v.digest = f.body::jsonb ->> 'digest')
    when 'modelVersion' then (
      select v.version from model_version as v
      where v.model = f.body::jsonb ->> 'model' and v.package_digest = f.body::jsonb ->> 'packageDigest')
  end
$$;

-- One fact of this kind hides what came before it, so it is none of a writer's: it takes the login that owns the schema, as itself.
create function refuse_unless_owner(kind text) returns void
language plpgsql stable set search_path from current
as $$
begin
  if kind = 'retirement' and not (current_setting('role') = 'none' and (
    select pg_has_role(session_user, nspowner, 'member') from pg_namespace where nspname = current_schema())) then
    raise exception using errcode = '42501', message = 'only the owner of the ledger may retire what it holds';
  end if;
end
$$;

create function append_fact(given jsonb) returns appended
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
declare
  head chain_head;
  f fact;
  is_new boolean := false;
begin
  perform refuse_unless_owner(given ->> 'kind');
  select * into f from fact where key = given ->> 'key';
  if not found then
    select * into strict head from chain_head for update;
    -- Asked again: another writer of the same key may have held the lock before us.
    select * into f from fact where key = given ->> 'key';
    if not found then
      f := row(head.seq + 1, given ->> 'key', given ->> 'kind', given ->> 'workflowId', given ->> 'step',
        given ->> 'digest', given ->> 'body', given ->> 'artifacts', given ->> 'edges', head.hash, '',
        clock_timestamp())::fact;
      f.hash := fact_hash(f);
      insert into fact select f.*;
      is_new := true;
    end if;
  end if;
  if f.kind <> given ->> 'kind' or f.body <> given ->> 'body' then
    raise exception using errcode = 'ML003', message = format('fact %s (%s) holds another body under the key "%s"', f.seq, f.kind, f.key);
  end if;
  return row(f.seq, f.hash, is_new, version_of(f))::appended;
end
$$;

create function append_facts(given jsonb) returns setof appended
language plpgsql security definer set search_path from current
as $$
declare
  one jsonb;
begin
  for one in select value from jsonb_array_elements(given) with ordinality order by ordinality loop
    return next append_fact(one);
  end loop;
end
$$;

-- The doors of the model server let in what they are named for: a door for segments is none for approvals.
create function require_kind(given jsonb, wanted text) returns void
language plpgsql immutable set search_path from current
as $$
begin
  if given ->> 'kind' is distinct from wanted or exists (
    select from jsonb_array_elements((given ->> 'edges')::jsonb) as e where e ->> 'relation' is distinct from 'predicted'
  ) then
    raise exception using errcode = 'ML004', message = format('only a fact of the kind %s comes in here', wanted);
  end if;
end
$$;

-- Predictions before the fact: the chain is locked only for the fact, however many rows there are. What is retired already
-- is not indexed. Another process may ship the same segment meanwhile: then it is recorded once.
create function append_segment(given jsonb, predictions json) returns appended
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
begin
  perform require_kind(given, 'predictionSegment');
  if exists (select from fact where key = given ->> 'key') then return append_fact(given); end if;
  perform ensure_prediction_partition(month) from (
    select distinct date_trunc('month', time_of_id(p.id))::date as month
    from json_to_recordset(predictions) as p (id uuid) order by 1 desc limit 3) as m;
  begin
    perform index_predictions(decode(given ->> 'digest', 'hex'), predictions);
  exception when unique_violation then
    if not exists (select from fact where key = given ->> 'key') then raise; end if;
  end;
  return append_fact(given);
end
$$;

create function index_predictions(of_segment bytea, predictions json) returns void
language sql volatile set search_path from current set timezone = 'UTC'
as $$
  with given as materialized (
    select p.*, time_of_id(p.id) as at, decode(p."askedDigest", 'hex') as asked
    from json_to_recordset(predictions) as p (id uuid, "row" integer, "ofMany" boolean, "requestId" text, model text,
      version integer, "modelDigest" text, environment text, "eventAt" timestamptz, "askedDigest" text)
    where time_of_id(p.id) >= (select retired_before())
  ), indexed as (
    insert into prediction (id, request_row, of_many, at, environment, model, version, model_digest, request_id, asked,
      event_at, segment)
    select id, "row", "ofMany", at, environment, model, version, decode("modelDigest", 'hex'), "requestId", asked,
      "eventAt", of_segment
    from given
  )
  insert into prediction_request (request_id, id, at, environment, model, version, rows, asked)
  select "requestId", id, at, environment, model, version, count(*),
    substring(sha256(string_agg(asked, ''::bytea order by "row")) for 16)
  from given where "requestId" is not null group by "requestId", id, at, environment, model, version;
$$;

-- Every outcome that came in is kept; which of them counts is asked when they are read.
create function append_outcomes(given jsonb, outcomes json) returns appended
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
begin
  perform require_kind(given, 'outcomes');
  if exists (select from fact where key = given ->> 'key') then return append_fact(given); end if;
  begin
    insert into outcome (batch, place, prediction, model, environment, request_id, request_row, outcome, known_at,
      recorded_by, recorded_at)
    select decode(given ->> 'digest', 'hex'), place - 1, (o ->> 'prediction')::uuid, o ->> 'model', o ->> 'environment',
      o ->> 'requestId', (o ->> 'row')::integer, (o ->> 'outcome')::double precision, (o ->> 'knownAt')::timestamptz,
      o ->> 'by', (o ->> 'at')::timestamptz
    from json_array_elements(outcomes) with ordinality as x (o, place);
  exception when unique_violation then
    if not exists (select from fact where key = given ->> 'key') then raise; end if;
  end;
  return append_fact(given);
end
$$;
