-- A kind of fact is one schema file (schemas/facts) and one migration that holds, for each table of the kind:
--   the table, with the `seq` of the fact that made the row, and its trigger `append_only`,
--   the view `expected_<table>`: the rows that the facts call for, in the table's columns and their order,
--   and one `call project_kind`, for the kind, which inserts from the view in the transaction of the fact.
-- What a row is, is said once, in the view; verify finds the pairs by their names and compares each table with its view.

-- Makes the trigger on `fact` that inserts into the tables, in order, what a new fact of the kind calls for. Its function is
-- written out for the tables, so that its statements are planned once a connection and not at each fact; the trigger names
-- the tables all the same, for verify.
create procedure project_kind(kind text, variadic tables text[])
language plpgsql set search_path from current
as $$
declare
  name text := 'project_' || tables[1];
  inserts text := (
    select string_agg(format('insert into %I select * from %I where seq = new.seq;', t, 'expected_' || t), ' ' order by at)
    from unnest(tables) with ordinality as x (t, at));
begin
  execute format(
    'create function %I() returns trigger language plpgsql set search_path from current set timezone = ''UTC'' '
    'as $f$ begin %s return null; end $f$', name, inserts);
  execute format(
    'create trigger %I after insert on fact for each row when (new.kind = %L) execute function %I(%s)',
    'b_' || name, kind, name, (select string_agg(quote_literal(t), ', ') from unnest(tables) as t));
end
$$;
