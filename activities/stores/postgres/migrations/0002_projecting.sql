-- A kind of fact is one schema file (schemas/facts) and one migration that holds, for each table of the kind:
--   the table, with the `seq` of the fact that made the row, and its trigger `append_only`,
--   the view `expected_<table>`: the rows that the facts call for, in the table's columns and their order,
--   and one trigger on `fact` for the kind, which inserts from the view in the transaction of the fact.
-- What a row is, is said once, in the view; verify finds the pairs by their names and compares each table with its view.

-- Inserts into the tables named, in order, what the new fact calls for.
create function project() returns trigger
language plpgsql set search_path from current set timezone = 'UTC'
as $$
declare
  name text;
begin
  foreach name in array tg_argv loop
    execute format('insert into %I select * from %I where seq = $1', name, 'expected_' || name) using new.seq;
  end loop;
  return null;
end
$$;
