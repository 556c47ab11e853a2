import type { Pool } from 'pg';
import { type LineageEdge, type LineageNode, PredictionId, predictionParts } from '../../../../schemas/index.js';

interface PredictionRow {
  readonly prediction_id: string;
  readonly request_id: string | null;
  /** of the request, in the log */
  readonly rows: number;
  readonly model: string;
  readonly version: number;
  readonly digest: string;
  readonly environment: string;
  readonly at: Date;
  readonly segment: string;
  readonly logged_at: Date | null;
  readonly package_digest: string | null;
  /** what came true, the last said first */
  readonly outcomes: readonly string[] | null;
}

export interface FoundPrediction {
  readonly node: LineageNode;
  /** the digest of the package that answered; of the model where no package is known */
  readonly of: string;
  readonly beside: { readonly nodes: LineageNode[]; readonly edges: LineageEdge[] };
}

/** Rows of one request, or requests of one name, that are drawn; `detail` says of how many. */
const mostPredictions = 20;

/**
 * The prediction of this id, or those of the request; and every prediction of a request that its caller gave this name,
 * because a name is nobody's own.
 */
export async function findPredictions(pool: Pool, asked: string): Promise<FoundPrediction[]> {
  const { id, row } = PredictionId.safeParse(asked).success ? predictionParts(asked) : { id: null, row: null };
  const { rows } = await pool.query<PredictionRow>(predictionsAsked, [asked, id, row, mostPredictions]);
  return Promise.all(rows.map((one) => foundPrediction(pool, one)));
}

/** When the time was retired that a prediction id carries; null where it was not. */
export async function findRetired(pool: Pool, asked: string): Promise<LineageNode | null> {
  if (!PredictionId.safeParse(asked).success) return null;
  const { rows } = await pool.query<{ at: Date; detail: string }>(
    `select time_of_id($1) as at, 'retired by ' || retired_by || ', with everything before '
       || to_char(before at time zone 'UTC', 'YYYY-MM-DD') || ': ' || reason as detail
     from retirement where before > time_of_id($1) order by before limit 1`,
    [predictionParts(asked).id],
  );
  const [retired] = rows;
  if (!retired) return null;
  const { at, detail } = retired;
  return {
    id: `prediction:${asked}`,
    kind: 'prediction',
    label: asked,
    digest: null,
    createdAt: at.toISOString(),
    detail,
  };
}

/** Each branch looks into one partition: an id carries its time, and a name is looked up apart. */
const predictionsAsked = `
  with named as (
    select $2::uuid as id, time_of_id($2::uuid) as at where $2::uuid is not null
    union
    (select id, at from prediction_request where request_id = $1 order by id desc limit $4)
  ), picked as (
    select p.* from named as n,
      lateral (select p as prediction, p.* from prediction as p where p.id = n.id and p.at = n.at offset 0) as p
    where p.at >= (select retired_before()) and (p.id is distinct from $2::uuid or p.request_row = coalesce($3::integer, p.request_row))
    order by p.at desc, p.id, p.request_row limit $4
  )
  select prediction_id(p.prediction) as prediction_id, p.request_id, p.model, p.version, encode(p.model_digest, 'hex') as digest,
    p.environment, p.at, encode(p.segment, 'hex') as segment, v.package_digest,
    (select count(*)::int from prediction as r where r.id = p.id and r.at = p.at) as rows,
    (select recorded_at from fact where key = 'segment/' || encode(p.segment, 'hex')) as logged_at,
    (select array_agg(o.outcome || ' by ' || o.recorded_by order by o.recorded_at desc, o.place desc, o.batch desc)
     from outcomes_of(p.prediction) as o) as outcomes
  from picked as p left join model_version as v on v.model = p.model and v.version = p.version
  order by p.at desc, p.id, p.request_row`;

async function foundPrediction(pool: Pool, found: PredictionRow): Promise<FoundPrediction> {
  const node = predictionNode(found);
  const change = await changeInForce(pool, found);
  const segment = segmentNode(found);
  const logged: LineageEdge = { from: segment.id, relation: 'logged', to: node.id };
  const deployed: LineageEdge[] = change ? [{ from: change.id, relation: 'deployed', to: node.id }] : [];
  const beside = { nodes: change ? [change, segment] : [segment], edges: [...deployed, logged] };
  return { node, of: found.package_digest ?? found.digest, beside };
}

function predictionNode(found: PredictionRow): LineageNode {
  const { prediction_id: label, digest, at } = found;
  return {
    id: `prediction:${label}`,
    kind: 'prediction',
    label,
    digest,
    createdAt: at.toISOString(),
    detail: told(found),
  };
}

function told({ request_id: name, rows, model, version, environment, at, outcomes }: PredictionRow): string {
  const answered = `${model}@${version} answered in ${environment} at ${at.toISOString()}`;
  const request = name === null ? '' : `, request "${name}"`;
  const [counts, ...before] = outcomes ?? [];
  const came = counts === undefined ? '' : `; outcome ${[counts, ...before.map((o) => `before that ${o}`)].join(', ')}`;
  return `${answered}${request}${rows > 1 ? ` of ${rows} rows` : ''}${came}`;
}

const segmentNode = ({ segment, logged_at: at }: PredictionRow): LineageNode => ({
  id: `predictionSegment:${segment}`,
  kind: 'predictionSegment',
  label: segment,
  digest: segment,
  createdAt: at?.toISOString() ?? null,
  detail: 'holds the inputs and the output',
});

/** The change of the endpoint that let this version answer then. Its approval stands with the version. */
async function changeInForce(pool: Pool, found: PredictionRow): Promise<LineageNode | null> {
  const { model, environment, at, digest } = found;
  const { rows } = await pool.query<{ detail: string; generation: string; changed_at: Date }>(
    `select generation, changed_at, change || ' by ' || changed_by || ' at '
       || to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ': ' || reason as detail
     from endpoint_change where model = $1 and environment = $2 and changed_at <= $3 and model_digest = $4
     order by generation desc, step desc limit 1`,
    [model, environment, at, digest],
  );
  const [change] = rows;
  if (!change) return null;
  const label = `${model}/${environment} generation ${change.generation}`;
  const { detail, changed_at: changedAt } = change;
  return { id: `endpoint:${label}`, kind: 'endpoint', label, digest: null, createdAt: changedAt.toISOString(), detail };
}
