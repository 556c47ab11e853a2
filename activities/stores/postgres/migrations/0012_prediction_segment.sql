create table prediction_segment (
  digest text primary key,
  environment text not null,
  rows bigint not null,
  size_bytes bigint not null,
  lost bigint not null,
  seq bigint not null unique references fact
);
create trigger append_only before update or delete or truncate on prediction_segment
  for each statement execute function refuse_change();

create view expected_prediction_segment as
select b ->> 'digest' as digest, b ->> 'environment' as environment, (b ->> 'rows')::bigint as rows,
  (b ->> 'sizeBytes')::bigint as size_bytes, (b ->> 'lost')::bigint as lost, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'predictionSegment';

call project_kind('predictionSegment', 'prediction_segment');
