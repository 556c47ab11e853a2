-- What many segments hold of one model and data day, in columns. The segments stay: they are what was logged.
create table prediction_part (
  digest text not null,
  environment text not null,
  model text not null,
  day date not null,
  rows bigint not null,
  size_bytes bigint not null,
  segments bigint not null,
  seq bigint primary key references fact
);
create index on prediction_part (model, environment, day);
create trigger append_only before update or delete or truncate on prediction_part
  for each statement execute function refuse_change();

create view expected_prediction_part as
select b ->> 'digest' as digest, b ->> 'environment' as environment, b ->> 'model' as model, (b ->> 'day')::date as day,
  (b ->> 'rows')::bigint as rows, (b ->> 'sizeBytes')::bigint as size_bytes, (b ->> 'segments')::bigint as segments, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'predictionPart';

call project_kind('predictionPart', 'prediction_part');

-- What a day's parts do not hold yet. The bytes of what is retired may be gone.
create view loose_segment as
select d.* from prediction_day as d where not exists (
  select from prediction_part as p join lineage_edge as e on e.to_id = p.digest
  where p.model = d.model and p.environment = d.environment and p.day = d.day
    and e.from_id = d.segment and e.relation = 'compacted')
  and exists (select from prediction_segment as s where s.digest = d.segment and s.last_at >= (select retired_before()));
