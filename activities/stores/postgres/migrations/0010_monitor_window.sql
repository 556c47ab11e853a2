create table monitor_window (
  model text not null,
  environment text not null,
  version integer,
  from_at timestamptz not null,
  to_at timestamptz not null,
  verdict text not null,
  bad boolean not null,
  -- of a whole data day: the predictions in the log when it was looked at, and the fact that brought the newest of them
  logged_rows bigint,
  logged_seq bigint,
  seq bigint primary key references fact
);
create index on monitor_window (model, environment, to_at, seq);
create trigger append_only before update or delete or truncate on monitor_window
  for each statement execute function refuse_change();

create view expected_monitor_window as
select b ->> 'model' as model, b ->> 'environment' as environment, (b ->> 'version')::integer as version,
  (b ->> 'from')::timestamptz as from_at, (b ->> 'to')::timestamptz as to_at, b ->> 'verdict' as verdict,
  (b ->> 'bad')::boolean as bad, (b #>> '{logged,rows}')::bigint as logged_rows,
  (b #>> '{logged,lastSeq}')::bigint as logged_seq, seq
from fact, lateral (select body::jsonb as b) as x where kind = 'monitorWindow';

call project_kind('monitorWindow', 'monitor_window');
