import type { Pool } from 'pg';
import type { LineageEdge, LineageNode } from '../../../../schemas/index.js';

interface PredictionRow {
  request_id: string;
  model: string;
  version: number;
  digest: string;
  environment: string;
  at: Date;
  segment: string;
  logged_at: Date | null;
  package_digest: string | null;
}

export interface FoundPrediction {
  readonly node: LineageNode;
  /** the digest of the package that answered; of the model where no package is known */
  readonly of: string;
  readonly beside: { readonly nodes: LineageNode[]; readonly edges: LineageEdge[] };
}

/** A request with several rows has logged `<request id>#<row>`; its lineage is that of its first row. */
export async function findPrediction(pool: Pool, id: string): Promise<FoundPrediction | null> {
  const { rows } = await pool.query<PredictionRow>(
    `select request_id, p.model, p.version, encode(p.model_digest, 'hex') as digest, environment, at,
       encode(segment, 'hex') as segment, v.package_digest,
       (select recorded_at from fact where key = 'segment/' || encode(segment, 'hex')) as logged_at
     from prediction as p left join model_version as v on v.model = p.model and v.version = p.version
     where request_id in ($1, $1 || '#0') order by request_id, at desc limit 1`,
    [id],
  );
  const [found] = rows;
  if (!found) return null;
  const node = predictionNode(found);
  const change = await changeInForce(pool, found);
  const segment = segmentNode(found);
  const logged: LineageEdge = { from: segment.id, relation: 'logged', to: node.id };
  const deployed: LineageEdge[] = change ? [{ from: change.id, relation: 'deployed', to: node.id }] : [];
  const beside = { nodes: change ? [change, segment] : [segment], edges: [...deployed, logged] };
  return { node, of: found.package_digest ?? found.digest, beside };
}

const predictionNode = ({ request_id, digest, model, version, environment, at }: PredictionRow): LineageNode => ({
  id: `prediction:${request_id}`,
  kind: 'prediction',
  label: request_id,
  digest,
  createdAt: at.toISOString(),
  detail: `${model}@${version} answered in ${environment} at ${at.toISOString()}`,
});

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
