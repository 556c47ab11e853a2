-- The chain of facts. Every later object hangs on it. Migrations run with the ledger's schema as the search path, which
-- each function keeps ("set search_path from current"): a caller's search path changes nothing.

create table fact (
  seq bigint primary key,
  key text not null unique,
  kind text not null,
  workflow_id text not null,
  step text not null,
  -- null where the fact stands for no bytes
  digest text,
  -- RFC 8785 canonical JSON, kept as text because the hash is taken of the text
  body text not null,
  artifacts text not null,
  edges text not null,
  prev_hash text not null,
  hash text not null unique,
  recorded_at timestamptz not null default clock_timestamp()
);

-- One row: where the chain ends. Whoever appends holds its lock until the commit, so seq has no gaps.
create table chain_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  hash text not null
);
insert into chain_head (seq, hash) values (0, repeat('0', 64));

-- Length before content, and "-" for none: no two lists of fields give the same text.
create function netstring(content text) returns text
language sql immutable set search_path from current
as $$ select coalesce(octet_length(content) || ':' || content || ',', '-,') $$;

-- The leading zero byte and the name keep a fact's hash apart from every other hash of the system.
create function fact_hash(f fact) returns text
language sql stable set search_path from current
as $$
  select encode(sha256('\x00'::bytea || convert_to(
    'temporal-mlops/fact/1,'
    || netstring(f.seq::text) || netstring(f.prev_hash) || netstring(f.key) || netstring(f.kind)
    || netstring(f.workflow_id) || netstring(f.step) || netstring(f.digest) || netstring(f.body)
    || netstring(f.artifacts) || netstring(f.edges)
    || netstring(to_char(f.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
    'UTF8')), 'hex')
$$;

-- Nobody, the owner included, inserts a fact that does not continue the chain.
create function guard_fact() returns trigger
language plpgsql set search_path from current
as $$
declare
  head chain_head;
begin
  select * into strict head from chain_head for update;
  if new.seq <> head.seq + 1 or new.prev_hash <> head.hash or new.hash <> fact_hash(new) then
    raise exception using errcode = 'ML001',
      message = format('fact %s does not continue the chain, which ends at %s', new.seq, head.seq);
  end if;
  return new;
end
$$;
create trigger a_guard before insert on fact for each row execute function guard_fact();

create function advance_chain_head() returns trigger
language plpgsql set search_path from current
as $$
begin
  update chain_head set seq = new.seq, hash = new.hash;
  return null;
end
$$;
create trigger a_advance_chain_head after insert on fact for each row execute function advance_chain_head();

create function guard_chain_head() returns trigger
language plpgsql set search_path from current
as $$
begin
  if new.seq <> old.seq + 1 or not exists (select from fact where seq = new.seq and hash = new.hash) then
    raise exception using errcode = 'ML001', message = 'the end of the chain moves only with a fact';
  end if;
  return new;
end
$$;
create trigger a_guard before update on chain_head for each row execute function guard_chain_head();

-- For the owner too: only who switches triggers off gets past it, and that is what verify looks for.
create function refuse_change() returns trigger
language plpgsql set search_path from current
as $$
begin
  raise exception using errcode = 'ML002', message = format('%s is append-only: %s is refused', tg_table_name, lower(tg_op));
end
$$;
create trigger append_only before update or delete or truncate on fact
  for each statement execute function refuse_change();
create trigger append_only before insert or delete or truncate on chain_head
  for each statement execute function refuse_change();
