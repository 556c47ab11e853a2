-- Which prediction an outcome is of. An outcome counts where exactly one prediction is named, and of several outcomes of one
-- prediction the last taken counts.

-- A request that is sent again, with the same name, model, version, environment and inputs, is the same prediction again: it
-- is logged, and counts once, as its first answer.
create view first_request as
select r.* from prediction_request as r
where not exists (select from prediction_request as e where e.asked = r.asked and e.id < r.id);

create function first_answer(answer uuid, name text) returns uuid
language sql stable set search_path from current
as $$
  select coalesce((
    select e.id from prediction_request as r join prediction_request as e using (asked)
    where r.request_id = name and r.id = answer order by e.id limit 1), answer)
$$;

create function uuid_of(name text) returns uuid
language sql immutable parallel safe
as $$ select case when name ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' then name::uuid end $$;

-- The predictions that fit what an outcome says, at most two: more than one is as good as none. A request that was not named
-- goes by its id.
create function predictions_named(o outcome) returns setof prediction
language sql stable set search_path from current
as $$
  with answer as (
    select p.* from prediction as p where p.id = o.prediction and p.at = time_of_id(o.prediction)
    union all
    select p.* from first_request as r, lateral (select * from prediction where id = r.id and at = r.at offset 0) as p
    where r.request_id = o.request_id
    union all
    select p.* from prediction as p
    where p.id = uuid_of(o.request_id) and p.at = time_of_id(uuid_of(o.request_id)) and p.request_id is null
  )
  select f.* from answer as p, lateral (
    select * from prediction where id = first_answer(p.id, p.request_id) and at = time_of_id(first_answer(p.id, p.request_id))
      and request_row = p.request_row offset 0) as f
  where (o.model is null or p.model = o.model) and (o.environment is null or p.environment = o.environment)
    and (o.request_row is null or p.request_row = o.request_row) and p.at >= (select retired_before())
  limit 2
$$;

-- What was said of a prediction that it is the one named by.
create function outcomes_of(p prediction) returns setof outcome
language sql stable set search_path from current
as $$
  select o.* from outcome as o where o.prediction = p.id
    and exists (select from predictions_named(o) as n having count(*) = 1 and bool_and(n.request_row = p.request_row))
  union all
  select o.* from outcome as o where o.request_id = coalesce(p.request_id, p.id::text) and o.model = p.model
    and exists (select from predictions_named(o) as n having count(*) = 1
      and bool_and(n.id = first_answer(p.id, p.request_id) and n.request_row = p.request_row))
$$;

-- Every outcome with what became of it: it "counts", is "superseded" by a later one of the same prediction, or is
-- "ambiguous", "retired" or "unmatched" (its prediction may still be on its way).
create view v_outcome as
with named as (
  select o.*, n.matches, n.id, n.shown, coalesce(n.model, o.model) as of_model,
    coalesce(n.environment, o.environment) as of_environment, n.at_row, n.label
  from outcome as o, lateral (
    select count(*) as matches, min(prediction_id(p)) as shown, (array_agg(p.id))[1] as id, min(p.request_row) as at_row,
      min(p.model) as model, min(p.environment) as environment, min(coalesce(p.request_id, p.id::text)) as label
    from predictions_named(o) as p) as n
), placed as (
  select *, row_number() over (
    partition by matches = 1, id, at_row order by recorded_at desc, place desc, batch desc) as newest
  from named
)
select case when matches = 1 then shown end as prediction_id, coalesce(case when matches = 1 then label end, request_id) as request_id,
  of_environment as environment, of_model as model, outcome, known_at, recorded_by, recorded_at,
  case when matches > 1 then 'ambiguous'
    when matches = 1 then case newest when 1 then 'counts' else 'superseded' end
    when time_of_id(coalesce(prediction, uuid_of(request_id))) < (select retired_before()) then 'retired'
    else 'unmatched' end as state
from placed;
