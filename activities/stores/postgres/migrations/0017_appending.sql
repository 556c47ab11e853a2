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

create function append_fact(given jsonb) returns appended
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
declare
  head chain_head;
  f fact;
  is_new boolean := false;
begin
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

-- Predictions before the fact: the chain is locked only for the fact, however many rows there are.
create function append_segment(given jsonb, days date[], predictions json) returns appended
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
begin
  perform require_kind(given, 'predictionSegment');
  if exists (select from fact where key = given ->> 'key') then return append_fact(given); end if;
  perform ensure_prediction_partition(day) from unnest(days) as d (day) order by day;
  insert into prediction (request_id, model, version, model_digest, environment, at, event_at, segment)
  select p."requestId", p.model, p.version, decode(p."modelDigest", 'hex'), p.environment, p.at, p."eventAt",
    decode(given ->> 'digest', 'hex')
  from json_to_recordset(predictions) as p ("requestId" text, model text, version integer, "modelDigest" text,
    environment text, at timestamptz, "eventAt" timestamptz)
  on conflict do nothing;
  return append_fact(given);
end
$$;

-- Returns how many were the first outcome of their request.
create function append_outcomes(given jsonb, outcomes json) returns integer
language plpgsql security definer set search_path from current set timezone = 'UTC'
as $$
declare
  added integer;
begin
  perform require_kind(given, 'outcomes');
  insert into outcome (request_id, outcome, known_at, batch)
  select o ->> 'requestId', (o ->> 'outcome')::double precision, (o ->> 'knownAt')::timestamptz,
    decode(given ->> 'digest', 'hex')
  from json_array_elements(outcomes) with ordinality as x (o, place) order by place
  on conflict do nothing;
  get diagnostics added = row_count;
  perform append_fact(given);
  return added;
end
$$;
