import type { Pool } from 'pg';
import type { LineageStep } from '../ledger.js';

/** No graph is deeper, or drawn further; what lies beyond is left out. */
const limits = { depth: 32, nodes: 500 };

/**
 * What made a thing, from the thing back to its sources. A request id, `model@version`, `dataset@version` (without a
 * version: the newest), digest or run id is first turned into the nodes of the graph that it stands for (see EdgeRow for
 * how nodes are named); from there the edges are walked upwards, and the tables say what each node is. What the ledger
 * itself names comes before a request id, which its sender chose.
 */
export async function lineage(pool: Pool, id: string): Promise<LineageStep[]> {
  const known = await walk(pool, walkUp, await nodesOf(pool, id));
  if (known.length > 0) return known;
  const prediction = await predictionSteps(pool, id);
  return prediction ? [...prediction.steps, ...(await walk(pool, walkUp, prediction.nodes))] : [];
}

/**
 * What was made of a thing, nearest first: of a dataset version its runs and model versions, of those their approvals,
 * endpoints and reports. Predictions are left out, because they are many; nothing is made of one.
 */
export async function descendants(pool: Pool, id: string): Promise<LineageStep[]> {
  const start = await nodesOf(pool, id);
  const { rows } = await pool.query<{ digest: string }>(
    'select model_digest as digest from model_version where package_digest = any ($1)',
    [start],
  );
  return walk(pool, walkDown, [...start, ...rows.map((row) => row.digest)]);
}

async function walk(pool: Pool, sql: string, start: readonly string[]): Promise<LineageStep[]> {
  const { rows } = await pool.query<LineageStep>(sql, [start, limits.depth, limits.nodes]);
  return rows;
}

interface PredictionRow {
  request_id: string;
  model: string;
  version: number;
  digest: string;
  environment: string;
  at: Date;
  segment: string;
  package_digest: string | null;
}

/** A request with several rows has logged `<request id>#<row>`; its lineage is that of its first row. */
async function predictionSteps(pool: Pool, id: string): Promise<{ steps: LineageStep[]; nodes: string[] } | null> {
  const { rows } = await pool.query<PredictionRow>(
    `select request_id, p.model, p.version, encode(p.model_digest, 'hex') as digest, environment, at,
       encode(segment, 'hex') as segment, v.package_digest
     from prediction as p left join model_version as v on v.model = p.model and v.version = p.version
     where request_id in ($1, $1 || '#0') order by request_id, at desc limit 1`,
    [id],
  );
  const [found] = rows;
  if (!found) return null;
  const version = `${found.model}@${found.version}`;
  const answered = `${version} answered in ${found.environment} at ${found.at.toISOString()}`;
  const steps = [
    { kind: 'prediction', id: found.request_id, digest: found.digest, detail: answered },
    ...(await decisionInForce(pool, found)),
    { kind: 'predictionSegment', id: found.segment, digest: found.segment, detail: `holds the inputs and the output` },
  ];
  return { steps, nodes: [found.package_digest ?? found.digest] };
}

/** The change of the endpoint that let this version answer then. Its approval stands with the version. */
async function decisionInForce(pool: Pool, { model, environment, at, digest }: PredictionRow): Promise<LineageStep[]> {
  const { rows } = await pool.query<{ detail: string; generation: string }>(
    `select generation, change || ' by ' || changed_by || ' at ' || to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
       || ': ' || reason as detail
     from endpoint_change where model = $1 and environment = $2 and changed_at <= $3 and model_digest = $4
     order by generation desc, step desc limit 1`,
    [model, environment, at, digest],
  );
  return rows.map(({ detail, generation }) => ({
    kind: 'endpoint',
    id: `${model}/${environment} generation ${generation}`,
    digest: null,
    detail,
  }));
}

async function nodesOf(pool: Pool, id: string): Promise<string[]> {
  const { rows } = await pool.query<{ node: string }>(
    `select package_digest as node from model_version where model || '@' || version = $1
       and model = split_part($1, '@', 1)
     union select digest from dataset_version where dataset || '@' || version = $1 and dataset = split_part($1, '@', 1)
     union select 'run:' || run_id from run where run_id = $1
     union select to_id from lineage_edge where to_id = $1
     union select from_id from lineage_edge where from_id = $1
     union (select package_digest from model_version where model = $1 order by version desc limit 1)
     union (select digest from dataset_version where dataset = $1 order by version desc limit 1)
     union select digest from dataset_version where digest = $1
     union select node from (values ('code:' || $1), ('commit:' || $1)) as code (node)
       where exists (select from lineage_edge where from_id = node)
     union select digest from artifact where digest = $1`,
    [id],
  );
  return rows.map((row) => row.node);
}

/** The tables' words for nodes that have a depth; approvals come with the version they let through. */
const stepsOfNodes = `
  step (depth, place, kind, id, digest, detail) as (
    select n.depth, 0, 'modelVersion', v.model || '@' || v.version, v.package_digest,
      'packaged from run ' || v.run_id || ', model ' || v.model_digest
    from node as n join model_version as v on v.package_digest = n.node
    union all
    select n.depth, 1, 'approval', a.model || '@' || a.version || '/' || a.environment, a.evidence_digest,
      case a.decision when 'approve' then 'approved' else 'rejected' end || ' for ' || a.environment || ' by ' || a.decided_by
        || ' at ' || to_char(a.decided_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || coalesce(': ' || nullif(a.comment, ''), '')
    from node as n join model_version as v on v.package_digest = n.node
      join approval as a on a.model = v.model and a.version = v.version
    union all
    select n.depth, 2, 'run', r.run_id, r.run_digest,
      r.trainer || ' ' || r.status || ' on ' || r.dataset || '@' || r.dataset_version
    from node as n join run as r on 'run:' || r.run_id = n.node
    union all
    select n.depth, 3, case when d.labelled then 'labelledDataset' else 'dataset' end, d.dataset || '@' || d.version, d.digest,
      d.rows || ' rows'
    from node as n join dataset_version as d on d.digest = n.node
    union all
    select n.depth, 4, 'source', substr(n.node, 8), null, 'collected' from node as n where n.node like 'source:%'
    union all
    select n.depth, 5, a.kind, n.node, n.node, a.uri
    from node as n join artifact as a on a.digest = n.node
    where not exists (select from model_version as v where v.package_digest = n.node)
      and not exists (select from dataset_version as d where d.digest = n.node)
    union all
    select n.depth, 6, split_part(n.node, ':', 1), substr(n.node, strpos(n.node, ':') + 1),
      case when n.node like 'code:%' then substr(n.node, 6) end,
      case split_part(n.node, ':', 1) when 'code' then 'digest of the code that ran' when 'commit' then 'where that code is in git' else '' end
    from node as n where n.node like '%:%' and n.node not like 'source:%'
      and not exists (select from run as r where 'run:' || r.run_id = n.node)
  )
  select kind, id, digest, detail from step order by depth, place, id, kind`;

/**
 * $1 nodes, $2 depth, $3 how many. A node's distance is that of the longest way to it, so that nothing comes before what
 * it made.
 */
const walkUp = `
  with recursive up (node, depth) as (
    select unnest($1::text[]), 0
    union
    select e.from_id, up.depth + 1 from up join lineage_edge as e on e.to_id = up.node where up.depth < $2
  ), node as (
    select node, max(depth) as depth from up group by node order by 2, 1 limit $3
  ), ${stepsOfNodes}`;

/** As above, the other way: the start itself is not among what was made of it. */
const walkDown = `
  with recursive down (node, depth) as (
    select unnest($1::text[]), 0
    union
    select e.to_id, down.depth + 1 from down join lineage_edge as e on e.from_id = down.node
    where down.depth < $2 and e.relation <> 'predicted'
  ), node as (
    select node, max(depth) as depth from down where node <> all ($1::text[]) group by node order by 2, 1 limit $3
  ), ${stepsOfNodes}`;
