-- What a dataset knows of its sources belongs to its collections, and not to the content that one of them came to.

create table source_schema (
  dataset text not null,
  digest text not null,
  seq bigint primary key references fact
);
create index on source_schema (dataset, seq);
create trigger append_only before update or delete or truncate on source_schema
  for each statement execute function refuse_change();

create view expected_source_schema as
select b ->> 'dataset' as dataset, b ->> 'digest' as digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'sourceSchema';

call project_kind('sourceSchema', 'source_schema');
