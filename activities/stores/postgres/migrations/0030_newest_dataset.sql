-- Versions are numbered by the first time of their content; the newest one is what was collected or labelled last.

create table newest_dataset (
  dataset text not null,
  digest text not null,
  seq bigint primary key references fact
);
create index on newest_dataset (dataset, digest, seq);
create trigger append_only before update or delete or truncate on newest_dataset
  for each statement execute function refuse_change();

create view expected_newest_dataset as
select b ->> 'dataset' as dataset, b ->> 'digest' as digest, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'newestDataset';

call project_kind('newestDataset', 'newest_dataset');

create view newest_dataset_version as
select distinct on (dataset) dataset, version, digest, rows, labelled from (
  select v.*, greatest(v.seq, (
    select max(n.seq) from newest_dataset as n where n.dataset = v.dataset and n.digest = v.digest)) as since
  from dataset_version as v) as made
order by dataset, since desc;
