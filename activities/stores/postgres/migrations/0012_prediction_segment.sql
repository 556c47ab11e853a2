create table prediction_segment (
  digest text primary key,
  environment text not null,
  rows bigint not null,
  size_bytes bigint not null,
  lost bigint not null,
  -- of its rows in the index, as prediction_index_digest computes it
  index_digest text not null,
  -- when the first and the last of them were asked
  first_at timestamptz not null,
  last_at timestamptz not null,
  seq bigint not null unique references fact
);
create trigger append_only before update or delete or truncate on prediction_segment
  for each statement execute function refuse_change();

create view expected_prediction_segment as
select b ->> 'digest' as digest, b ->> 'environment' as environment, (b ->> 'rows')::bigint as rows,
  (b ->> 'sizeBytes')::bigint as size_bytes, (b ->> 'lost')::bigint as lost, b ->> 'indexDigest' as index_digest,
  (b ->> 'firstAt')::timestamptz as first_at, (b ->> 'lastAt')::timestamptz as last_at, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'predictionSegment';

-- How many predictions of a model lie on a data day: which days are over, and how far each has been looked at, is asked
-- here and not of the predictions, which are too many.
create table prediction_day (
  environment text not null,
  model text not null,
  day date not null,
  segment text not null,
  rows bigint not null,
  seq bigint not null references fact,
  primary key (seq, model, day)
);
create index on prediction_day (model, environment, day, seq);
create trigger append_only before update or delete or truncate on prediction_day
  for each statement execute function refuse_change();

create view expected_prediction_day as
select b ->> 'environment' as environment, d ->> 'model' as model, (d ->> 'day')::date as day, b ->> 'digest' as segment,
  (d ->> 'rows')::bigint as rows, seq
from fact, lateral (select body::jsonb as b) as x, jsonb_array_elements(b -> 'days') as y (d)
where kind = 'predictionSegment';

call project_kind('predictionSegment', 'prediction_segment', 'prediction_day');
