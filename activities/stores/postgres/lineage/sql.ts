/** $1 what was asked for. The names that edges use for it. */
export const nodesOf = `
  select package_digest as name from model_version where model || '@' || version = $1
    and model = split_part($1, '@', 1)
  union select digest from dataset_version where dataset || '@' || version = $1 and dataset = split_part($1, '@', 1)
  union select 'run:' || run_id from run where run_id = $1
  union select to_id from lineage_edge where to_id = $1
  union select from_id from lineage_edge where from_id = $1
  union (select package_digest from model_version where model = $1 order by version desc limit 1)
  union select digest from newest_dataset_version where dataset = $1
  union select digest from dataset_version where digest = $1
  union select name from (values ('code:' || $1), ('commit:' || $1)) as code (name)
    where exists (select from lineage_edge where from_id = name)
  union select digest from artifact where digest = $1`;

/** The tables' words for names at a distance; an approval has no name, and comes with the version that it let through. */
const nodesOfNames = `
  node (depth, place, name, kind, label, digest, seq, at, detail) as (
    select n.depth, 0, n.name, 'modelVersion', v.model || '@' || v.version, v.package_digest, v.seq, null::timestamptz,
      'packaged from run ' || v.run_id || ', model ' || v.model_digest
    from named as n join model_version as v on v.package_digest = n.name
    union all
    select n.depth, 1, null, 'approval', a.model || '@' || a.version || '/' || a.environment, a.evidence_digest, a.seq, a.decided_at,
      case a.decision when 'approve' then 'approved' else 'rejected' end || ' for ' || a.environment || ' by ' || a.decided_by
        || ' at ' || to_char(a.decided_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || coalesce(': ' || nullif(a.comment, ''), '')
    from named as n join model_version as v on v.package_digest = n.name
      join approval as a on a.model = v.model and a.version = v.version
    union all
    select n.depth, 2, n.name, 'run', r.run_id, r.run_digest, r.seq, null,
      r.trainer || ' ' || r.status || ' on ' || r.dataset || '@' || r.dataset_version
    from named as n join run as r on 'run:' || r.run_id = n.name
    union all
    select n.depth, 3, n.name, case when d.labelled then 'labelledDataset' else 'dataset' end, d.dataset || '@' || d.version,
      d.digest, d.seq, null, d.rows || ' rows'
    from named as n join dataset_version as d on d.digest = n.name
    union all
    select n.depth, 4, n.name, 'source', substr(n.name, 8), null, null, null, 'collected'
    from named as n where n.name like 'source:%'
    union all
    select n.depth, 5, n.name, a.kind, n.name, n.name, a.seq, null, a.uri
    from named as n join artifact as a on a.digest = n.name
    where not exists (select from model_version as v where v.package_digest = n.name)
      and not exists (select from dataset_version as d where d.digest = n.name)
    union all
    select n.depth, 6, n.name, split_part(n.name, ':', 1), substr(n.name, strpos(n.name, ':') + 1),
      case when n.name like 'code:%' then substr(n.name, 6) end, null, null,
      case split_part(n.name, ':', 1) when 'code' then 'digest of the code that ran' when 'commit' then 'where that code is in git' else '' end
    from named as n where n.name like '%:%' and n.name not like 'source:%'
      and not exists (select from run as r where 'run:' || r.run_id = n.name)
    union all
    select n.depth, 7, n.name, 'digest', n.name, n.name, null, null, 'only its digest is known'
    from named as n where n.name not like '%:%'
      and not exists (select from model_version as v where v.package_digest = n.name)
      and not exists (select from dataset_version as d where d.digest = n.name)
      and not exists (select from artifact as a where a.digest = n.name)
  )
  select o.name, o.kind, o.label, o.digest, o.detail,
    case o.kind when 'approval' then 'approval:' || regexp_replace(f.key, '^approval/', '') else o.kind || ':' || o.label end as id,
    case o.kind when 'approval' then 'modelVersion:' || regexp_replace(o.label, '/[^/]*$', '') end as approves,
    coalesce(o.at, f.recorded_at, (
      select min(first.recorded_at) from lineage_edge as e join fact as first using (seq) where o.name in (e.from_id, e.to_id)
    )) as at, (select count(*) from reached)::integer as reached
  from node as o left join fact as f using (seq)
  order by o.depth, o.place, o.label, o.kind`;

/**
 * $1 names, $2 depth, $3 how many. The distance is that of the longest way, so that nothing comes before what it made.
 */
export const walkUp = `
  with recursive up (name, depth) as (
    select unnest($1::text[]), 0
    union
    select e.from_id, up.depth + 1 from up join lineage_edge as e on e.to_id = up.name where up.depth < $2
  ), reached as (
    select name, max(depth) as depth from up group by name
  ), named as (
    select name, depth from reached order by 2, 1 limit $3
  ), ${nodesOfNames}`;

/** As above, the other way: the start itself is not among what was made of it. */
export const walkDown = `
  with recursive down (name, depth) as (
    select unnest($1::text[]), 0
    union
    select e.to_id, down.depth + 1 from down join lineage_edge as e on e.from_id = down.name
    where down.depth < $2 and e.relation <> 'predicted'
  ), reached as (
    select name, max(depth) as depth from down where name <> all ($1::text[]) group by name
  ), named as (
    select name, depth from reached order by 2, 1 limit $3
  ), ${nodesOfNames}`;
