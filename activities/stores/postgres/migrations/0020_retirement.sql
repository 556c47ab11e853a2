create table retirement (
  before timestamptz primary key,
  retired_by text not null,
  reason text not null,
  seq bigint not null unique references fact
);
create trigger append_only before update or delete or truncate on retirement
  for each statement execute function refuse_change();

create view expected_retirement as
select (b ->> 'before')::timestamptz as before, b ->> 'by' as retired_by, b ->> 'reason' as reason, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'retirement';

call project_kind('retirement', 'retirement');
